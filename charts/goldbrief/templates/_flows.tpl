{{/* Who calls whom: the architecture, and what the NetworkPolicies are made of. Below each caller,
     those that it calls. */}}
{{- define "goldbrief.flows" -}}
{{- $stores := list "postgresql" "redis" "s3" -}}
{{- $embedded := eq .Values.engine.kind "embedded" -}}
{{- $completions := ternary "inference" "engine" $embedded -}}
runs: {{ concat $stores (list "mlflow" "datasets" "synthesis" "judge" "finetuning" "evaluation" "registry") | toJson }}
datasets: {{ append $stores "inference" | toJson }}
synthesis: {{ append $stores "inference" | toJson }}
judge: {{ append $stores "inference" | toJson }}
evaluation: {{ concat $stores (list "inference" $completions "judge") | uniq | toJson }}
finetuning: {{ concat $stores (list "judge" "registry") | toJson }}
registry: {{ append $stores $completions | toJson }}
summarize: {{ concat $stores (list "registry" $completions "evaluation") | toJson }}
inference: [s3]
{{- if .Values.console.enabled }}
console: [runs, datasets, evaluation, finetuning, registry, summarize]
{{- end }}
{{- if not $embedded }}
engine: [s3]
{{- end }}
training: [s3, training]
migration: [postgresql]
test: {{ include "goldbrief.rooms" . }}
{{- range $stores }}
{{ . }}: []
{{- end }}
mlflow: []
{{- end -}}

{{/* The port that a component listens on. Arguments: root, component. */}}
{{- define "goldbrief.port" -}}
{{- $ports := dict "inference" 7701 "engine" 8080 "console" 7710 "mlflow" 5000 "s3" 9000
    "postgresql" .root.Values.postgresql.port "redis" .root.Values.redis.port -}}
{{- get $ports .component | default 7700 -}}
{{- end -}}

{{/* What a NetworkPolicy opens of a component, as items of a list. Training pods talk to each other on
     any port: NCCL and gloo choose theirs as they go. Arguments: root, component. */}}
{{- define "goldbrief.openPorts" -}}
{protocol: TCP{{ if ne .component "training" }}, port: {{ include "goldbrief.port" . }}{{ end }}}
{{- if eq .component "summarize" }}, {protocol: TCP, port: 7709}{{ end }}
{{- end -}}

{{/* Whether a component is ours: in this release, not outside. Arguments: root, component. */}}
{{- define "goldbrief.isDeployed" -}}
{{- $store := get .root.Values .component -}}
{{- if or (not (has .component (list "postgresql" "redis" "s3" "mlflow"))) $store.deploy }}true{{ end -}}
{{- end -}}

{{/* Ports outside the cluster that a component needs, as a list. Arguments: root, component,
     callees. */}}
{{- define "goldbrief.outsidePorts" -}}
{{- $values := .root.Values -}}
{{- $ports := list -}}
{{- $base := $values.baseModel -}}
{{- if has .component (list "inference" "training" "engine") }}{{ $ports = concat $ports $values.networkPolicy.outside.ports }}
{{- else if and (eq .component "finetuning") $base.fetch $base.fetchForTraining }}{{ $ports = concat $ports $values.networkPolicy.outside.ports }}
{{- else if eq .component "synthesis" }}{{ $ports = append $ports (include "goldbrief.urlPort" $values.teacher.url) }}
{{- else if eq .component "judge" }}{{ $ports = append $ports (include "goldbrief.urlPort" $values.judge.url) }}{{ end -}}
{{- if has .component (concat (include "goldbrief.rooms" .root | fromJsonArray) (list "inference" "console" "training")) }}{{ $ports = append $ports (include "goldbrief.urlPort" $values.tracing.endpoint) }}{{ end -}}
{{- range .callees }}
{{- if not (include "goldbrief.isDeployed" (dict "root" $.root "component" .)) -}}
{{- $port := include "goldbrief.port" (dict "root" $.root "component" .) -}}
{{- if eq . "s3" }}{{ $port = include "goldbrief.urlPort" (printf "%s://%s" (ternary "https" "http" $values.s3.secure) $values.s3.endpoint) }}{{ end -}}
{{- if eq . "mlflow" }}{{ $port = include "goldbrief.urlPort" $values.mlflow.uri }}{{ end -}}
{{- $ports = append $ports $port -}}
{{- end -}}
{{- end -}}
{{- $numbers := list -}}
{{- range $ports }}{{ if . }}{{ $numbers = append $numbers (int .) }}{{ end }}{{ end -}}
{{- $numbers | uniq | toJson -}}
{{- end -}}

{{/* The port of a URL, given or implied; nothing for no URL. */}}
{{- define "goldbrief.urlPort" -}}
{{- if . -}}
{{- $url := urlParse . -}}
{{- $port := regexFind ":[0-9]+$" $url.host | trimPrefix ":" -}}
{{- $port | default (ternary "443" "80" (eq $url.scheme "https")) -}}
{{- end -}}
{{- end -}}

{{/* Peers outside the cluster. Arguments: root, cidrs. */}}
{{- define "goldbrief.outsidePeers" -}}
{{- range $cidr := .cidrs -}}
- ipBlock:
    cidr: {{ $cidr | quote }}
    {{- $blocked := list -}}
    {{- range $.root.Values.networkPolicy.outside.blocked }}
    {{- if eq (contains ":" .) (contains ":" $cidr) }}{{ $blocked = append $blocked . }}{{ end }}
    {{- end }}
    {{- if hasSuffix "/0" $cidr }}
    except: {{- toYaml $blocked | nindent 6 }}
    {{- end }}
{{ end -}}
{{- end -}}
