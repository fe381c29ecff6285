{{/* Image, arguments and environment of Text Generation Inference. */}}
{{- define "goldbrief.tgi" -}}
{{- $adapters := list -}}
{{- range .Values.engine.adapters }}{{ $adapters = append $adapters (printf "%s=/var/lib/goldbrief/served/%s" . .) }}{{ end -}}
image: {{ include "goldbrief.foreignImage" .Values.engine.tgi.image }}
args:
  - --model-id={{ .Values.engine.model }}
  - --hostname=0.0.0.0
  - --port=8080
  - --json-output
  {{- with .Values.engine.extraArgs }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
env:
  - {name: USAGE_STATS, value: "off"}
  {{- with $adapters }}
  - {name: LORA_ADAPTERS, value: {{ join "," . | quote }}}
  {{- end }}
  {{- include "goldbrief.engineEnv" . | nindent 2 }}
{{- end -}}
