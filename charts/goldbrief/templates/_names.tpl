{{/* Names, labels and images. */}}

{{- define "goldbrief.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* Prefix of object names. 40 characters leave room for the longest suffix within 63. */}}
{{- define "goldbrief.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else if contains (include "goldbrief.name" .) .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "goldbrief.name" .) | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* Labels that never change: Deployments cannot change their selector. Arguments: root,
     component. */}}
{{- define "goldbrief.selectorLabels" -}}
app.kubernetes.io/name: {{ include "goldbrief.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* Labels of pods: without versions, so that a new chart alone restarts nothing. */}}
{{- define "goldbrief.podLabels" -}}
{{ include "goldbrief.selectorLabels" . }}
app.kubernetes.io/part-of: goldbrief
{{- end -}}

{{/* Labels of objects. Arguments: root, component. */}}
{{- define "goldbrief.labels" -}}
{{ include "goldbrief.podLabels" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{- end -}}

{{/* A Goldbrief image. Arguments: root, name. */}}
{{- define "goldbrief.image" -}}
{{- $image := .root.Values.image -}}
{{- $path := printf "%s/%s" $image.repository .name -}}
{{- if $image.registry }}{{ $path = printf "%s/%s" (trimSuffix "/" $image.registry) $path }}{{ end -}}
{{- with get $image.digests .name -}}
{{ $path }}@{{ . }}
{{- else -}}
{{ $path }}:{{ $image.tag | default .root.Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{/* An image of others: repository with tag or digest. */}}
{{- define "goldbrief.foreignImage" -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag }}{{ end -}}
{{- end -}}

{{- define "goldbrief.rooms" -}}
{{- list "runs" "datasets" "synthesis" "judge" "evaluation" "finetuning" "registry" "summarize" | toJson -}}
{{- end -}}

{{/* Values of one service: its own over the defaults. Arguments: root, room. */}}
{{- define "goldbrief.roomValues" -}}
{{- mergeOverwrite (deepCopy .root.Values.roomDefaults) (deepCopy (get .root.Values.rooms .room | default dict)) | toJson -}}
{{- end -}}

{{/* Full name of a room's gRPC service. */}}
{{- define "goldbrief.grpcService" -}}
{{- printf "goldbrief.api.%s.v1.%sService" . (title .) -}}
{{- end -}}
