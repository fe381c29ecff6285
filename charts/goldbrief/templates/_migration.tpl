{{/* Brings the database's schema to this version, under a lock, once it answers. Arguments: root,
     room (whose image), values. */}}
{{- define "goldbrief.migrateContainer" -}}
- name: migrate
  image: {{ include "goldbrief.image" (dict "root" .root "name" .room) }}
  imagePullPolicy: {{ .root.Values.image.pullPolicy }}
  command: [python, -m, goldbrief.runs, migrate]
  {{- include "goldbrief.containerSecurity" .root | nindent 2 }}
  env:
    {{- include "goldbrief.databaseEnv" .root | nindent 4 }}
    {{- include "goldbrief.commonEnv" .root | nindent 4 }}
  resources: {{- toYaml .values.resources | nindent 4 }}
  volumeMounts: {{- include "goldbrief.mounts" .root | nindent 4 }}
{{- end -}}
