{{/* Base models: fetched by an init container, or from a claim. */}}

{{- define "goldbrief.fetchContainer" -}}
- name: fetch-models
  image: {{ include "goldbrief.image" (dict "root" . "name" "inference") }}
  imagePullPolicy: {{ .Values.image.pullPolicy }}
  command: [python, -m, goldbrief.inference, fetch]
  {{- include "goldbrief.containerSecurity" . | nindent 2 }}
  env: {{- include "goldbrief.commonEnv" . | nindent 4 }}
  resources: {{- toYaml .Values.baseModel.resources | nindent 4 }}
  volumeMounts: {{- include "goldbrief.modelMounts" . | nindent 4 }}
{{- end -}}

{{/* Before a service: the database is there and its schema is this version's, the models too.
     Arguments: root, room, values. */}}
{{- define "goldbrief.roomInitContainers" -}}
{{- if .root.Values.postgresql.deploy }}
{{ include "goldbrief.migrateContainer" . }}
{{- end }}
{{- if and (eq .room "finetuning") .root.Values.baseModel.fetch .root.Values.baseModel.fetchForTraining }}
{{ include "goldbrief.fetchContainer" .root }}
{{- end }}
{{- end -}}

{{/* The launcher reads the template of training Jobs when it starts: a new one restarts it.
     Arguments: root, room, values. */}}
{{- define "goldbrief.roomAnnotations" -}}
{{- with .values.podAnnotations }}
{{- toYaml . }}
{{ end }}
{{- if eq .room "finetuning" -}}
goldbrief/job-template: {{ include "goldbrief.trainingJob" .root | sha256sum }}
{{- end }}
{{- end -}}

{{- define "goldbrief.modelMounts" -}}
{{ include "goldbrief.mounts" . }}
{{- if .Values.baseModel.existingClaim }}
- {name: models, mountPath: /var/lib/goldbrief/models}
{{- end }}
{{- end -}}

{{- define "goldbrief.modelVolume" -}}
{{- with .Values.baseModel.existingClaim }}
- name: models
  persistentVolumeClaim: {claimName: {{ . }}}
{{- end }}
{{- end -}}
