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

{{/* Whether the registry starts TGI anew with the adapters that are to be served: yes, unless the
     values name them. */}}
{{- define "goldbrief.rollsTgi" -}}
{{- if and (eq .Values.engine.kind "tgi") (not .Values.engine.adapters) }}true{{ end -}}
{{- end -}}

{{/* The rooms whose pods call the Kubernetes API, as a list. */}}
{{- define "goldbrief.kubernetesCallers" -}}
{{- $callers := list "finetuning" -}}
{{- if include "goldbrief.rollsTgi" . }}{{ $callers = append $callers "registry" }}{{ end -}}
{{- $callers | toJson -}}
{{- end -}}
