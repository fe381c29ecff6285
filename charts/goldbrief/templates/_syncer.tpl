{{/* The containers that bring served adapters from the object store into an engine's folder. */}}

{{/* Before the engine starts: a pod that is ready has all adapters, so an update fails nobody. */}}
{{- define "goldbrief.firstSync" -}}
- name: first-sync
  command: [python, -m, goldbrief.registry.syncer, --once]
  {{- include "goldbrief.syncerFields" . | nindent 2 }}
{{- end -}}

{{/* Beside it, for those that are promoted later. */}}
{{- define "goldbrief.syncer" -}}
- name: syncer
  command: [python, -m, goldbrief.registry.syncer]
  {{- include "goldbrief.syncerFields" . | nindent 2 }}
{{- end -}}

{{- define "goldbrief.syncerFields" -}}
image: {{ include "goldbrief.image" (dict "root" . "name" "registry") }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{ include "goldbrief.containerSecurity" . }}
env:
  {{- include "goldbrief.objectsEnv" . | nindent 2 }}
  {{- include "goldbrief.trustEnv" . | nindent 2 }}
  {{- include "goldbrief.commonEnv" . | nindent 2 }}
resources: {{- toYaml .Values.inference.syncer.resources | nindent 2 }}
volumeMounts:
  {{- include "goldbrief.mounts" . | nindent 2 }}
  - {name: served, mountPath: /var/lib/goldbrief/served}
{{- end -}}

{{/* The engine only reads the folder. It is a volume, so that it is there before any adapter. */}}
{{- define "goldbrief.servedMount" -}}
- {name: served, mountPath: /var/lib/goldbrief/served, readOnly: true}
{{- end -}}
