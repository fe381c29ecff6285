{{/* Settings of the containers. They stand in each pod and not in a ConfigMap, so that a change
     rolls the pods, and hooks that run before the install need nothing else. */}}

{{- define "goldbrief.postgresqlSecret" -}}
{{- .Values.postgresql.existingSecret | default (printf "%s-postgresql" (include "goldbrief.fullname" .)) -}}
{{- end -}}
{{- define "goldbrief.redisSecret" -}}
{{- .Values.redis.existingSecret | default (printf "%s-redis" (include "goldbrief.fullname" .)) -}}
{{- end -}}
{{- define "goldbrief.s3Secret" -}}
{{- .Values.s3.existingSecret | default (printf "%s-s3" (include "goldbrief.fullname" .)) -}}
{{- end -}}
{{- define "goldbrief.mlflowSecret" -}}
{{- .Values.mlflow.existingSecret | default (printf "%s-mlflow" (include "goldbrief.fullname" .)) -}}
{{- end -}}

{{/* A variable from a Secret. Arguments: name, secret, key. */}}
{{- define "goldbrief.secretEnv" -}}
- name: {{ .name }}
  valueFrom:
    secretKeyRef: {name: {{ .secret }}, key: {{ .key }}}
{{- end -}}

{{/* libpq reads PGPASSWORD, so that no password needs escaping in a URL. */}}
{{- define "goldbrief.databaseEnv" -}}
{{- $db := .Values.postgresql -}}
{{- $host := ternary (printf "%s-postgresql" (include "goldbrief.fullname" .)) $db.host $db.deploy -}}
{{- $query := ternary "" (printf "?%s" $db.parameters) (empty $db.parameters) -}}
{{ include "goldbrief.secretEnv" (dict "name" "PGPASSWORD" "secret" (include "goldbrief.postgresqlSecret" .) "key" $db.passwordKey) }}
- name: GOLDBRIEF_DATABASE_URL
  value: {{ printf "postgresql+psycopg://%s@%s:%v/%s%s" $db.username $host $db.port $db.database $query | quote }}
{{- end -}}

{{- define "goldbrief.brokerEnv" -}}
{{- $redis := .Values.redis -}}
{{- $host := ternary (printf "%s-redis" (include "goldbrief.fullname" .)) $redis.host $redis.deploy -}}
{{- $tls := and (not $redis.deploy) $redis.tls -}}
{{- $login := "" -}}
{{- if or $redis.deploy $redis.existingSecret -}}
{{- $login = printf "%s:$(REDIS_PASSWORD)@" $redis.username -}}
{{ include "goldbrief.secretEnv" (dict "name" "REDIS_PASSWORD" "secret" (include "goldbrief.redisSecret" .) "key" $redis.passwordKey) }}
{{ end -}}
- name: GOLDBRIEF_BROKER_URL
  value: {{ printf "%s://%s%s:%v/%v%s" (ternary "rediss" "redis" $tls) $login $host $redis.port $redis.database (ternary "?ssl_cert_reqs=required" "" $tls) | quote }}
{{- end -}}

{{- define "goldbrief.objectsEnv" -}}
{{- $s3 := .Values.s3 -}}
- name: GOLDBRIEF_OBJECTS
  value: {{ printf "s3://%s" $s3.bucket | quote }}
- name: GOLDBRIEF_S3_ENDPOINT
  value: {{ ternary (printf "%s-s3:9000" (include "goldbrief.fullname" .)) $s3.endpoint $s3.deploy | quote }}
- name: GOLDBRIEF_S3_SECURE
  value: {{ and (not $s3.deploy) $s3.secure | quote }}
{{ include "goldbrief.secretEnv" (dict "name" "GOLDBRIEF_S3_ACCESS_KEY" "secret" (include "goldbrief.s3Secret" .) "key" $s3.accessKeyKey) }}
{{ include "goldbrief.secretEnv" (dict "name" "GOLDBRIEF_S3_SECRET_KEY" "secret" (include "goldbrief.s3Secret" .) "key" $s3.secretKeyKey) }}
{{- end -}}

{{- define "goldbrief.signingSecret" -}}
{{- .Values.signing.existingSecret | default (printf "%s-signing" (include "goldbrief.fullname" .)) -}}
{{- end -}}

{{/* Whose word is taken for a model version. */}}
{{- define "goldbrief.trustEnv" -}}
{{ include "goldbrief.secretEnv" (dict "name" "GOLDBRIEF_TRUSTED_KEYS" "secret" (include "goldbrief.signingSecret" .) "key" .Values.signing.publicKeyKey) }}
{{- if .Values.signing.allowUnsigned }}
- name: GOLDBRIEF_ALLOW_UNSIGNED
  value: "true"
{{- end }}
{{- end -}}

{{- define "goldbrief.trackingEnv" -}}
{{- $mlflow := .Values.mlflow -}}
- name: GOLDBRIEF_TRACKING_URI
  value: {{ ternary (printf "http://%s-mlflow:5000" (include "goldbrief.fullname" .)) $mlflow.uri $mlflow.deploy | quote }}
{{- if or $mlflow.deploy $mlflow.existingSecret }}
{{ include "goldbrief.secretEnv" (dict "name" "MLFLOW_TRACKING_USERNAME" "secret" (include "goldbrief.mlflowSecret" .) "key" "username") }}
{{ include "goldbrief.secretEnv" (dict "name" "MLFLOW_TRACKING_PASSWORD" "secret" (include "goldbrief.mlflowSecret" .) "key" "password") }}
{{- end }}
{{- end -}}

{{/* Where every service finds every other. */}}
{{- define "goldbrief.peersEnv" -}}
{{- $name := include "goldbrief.fullname" . -}}
{{- range include "goldbrief.rooms" . | fromJsonArray -}}
- name: GOLDBRIEF_{{ upper . }}_ADDRESS
  value: {{ $name }}-{{ . }}:7700
{{ end -}}
- name: GOLDBRIEF_ADDRESS
  value: {{ $name }}-runs:7700
{{- if eq .Values.engine.kind "embedded" }}
- name: GOLDBRIEF_INFERENCE_URL
  value: http://{{ $name }}-inference:7701
- name: GOLDBRIEF_INFERENCE_REPLICAS_URL
  value: http://{{ $name }}-replicas:7701
{{- else }}
- name: GOLDBRIEF_INFERENCE_URL
  value: http://{{ $name }}-engine:8080
- name: GOLDBRIEF_INFERENCE_REPLICAS_URL
  value: http://{{ $name }}-replicas:8080
- name: GOLDBRIEF_EMBEDDINGS_URL
  value: http://{{ $name }}-inference:7701
{{- end }}
{{- if eq .Values.engine.kind "tgi" }}
- name: GOLDBRIEF_ENGINE
  value: tgi
{{- if include "goldbrief.rollsTgi" . }}
- name: GOLDBRIEF_TGI_DEPLOYMENT
  value: {{ $name }}-engine
{{- else }}
- name: GOLDBRIEF_TGI_ADAPTERS
  value: {{ join "," .Values.engine.adapters | quote }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Every container's: folders, and what the operator adds. */}}
{{- define "goldbrief.commonEnv" -}}
- name: GOLDBRIEF_HOME
  value: /var/lib/goldbrief
- name: HOME
  value: /tmp
- name: GOLDBRIEF_LOG_FORMAT
  value: {{ .Values.logFormat }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* Where our processes send their traces. */}}
{{- define "goldbrief.tracingEnv" -}}
{{- with .Values.tracing }}
{{- if .endpoint }}
- name: OTEL_EXPORTER_OTLP_ENDPOINT
  value: {{ .endpoint | quote }}
- name: OTEL_TRACES_SAMPLER
  value: parentbased_traceidratio
- name: OTEL_TRACES_SAMPLER_ARG
  value: {{ .share | quote }}
{{- with .headersSecret }}
{{ include "goldbrief.secretEnv" (dict "name" "OTEL_EXPORTER_OTLP_HEADERS" "secret" . "key" $.Values.tracing.headersKey) }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Access to a hub, for containers that load base models. */}}
{{- define "goldbrief.hubEnv" -}}
- name: HF_HOME
  value: /var/lib/goldbrief/hub
- name: HF_HUB_DISABLE_TELEMETRY
  value: "1"
{{- with .Values.baseModel.hubTokenSecret }}
{{ include "goldbrief.secretEnv" (dict "name" "HF_TOKEN" "secret" . "key" $.Values.baseModel.hubTokenKey) }}
{{- end }}
{{- end -}}

{{/* What a language model's client needs. Arguments: root, role (teacher or judge). */}}
{{- define "goldbrief.languageModelEnv" -}}
{{- $model := get .root.Values .role -}}
{{- if $model.url }}
- name: GOLDBRIEF_{{ upper .role }}_URL
  value: {{ $model.url | quote }}
- name: GOLDBRIEF_{{ upper .role }}_MODEL
  value: {{ $model.model | quote }}
- name: GOLDBRIEF_{{ upper .role }}_IN_FLIGHT
  value: {{ $model.inFlight | quote }}
- name: GOLDBRIEF_{{ upper .role }}_REQUESTS_PER_MINUTE
  value: {{ $model.requestsPerMinute | quote }}
- name: GOLDBRIEF_{{ upper .role }}_TIMEOUT_S
  value: {{ $model.timeoutSeconds | quote }}
- name: GOLDBRIEF_{{ upper .role }}_BACKUP_REQUESTS
  value: {{ $model.backupRequests | quote }}
{{- if not (kindIs "invalid" $model.promptPrice) }}
- name: GOLDBRIEF_{{ upper .role }}_PROMPT_PRICE
  value: {{ $model.promptPrice | quote }}
{{- end }}
{{- if not (kindIs "invalid" $model.completionPrice) }}
- name: GOLDBRIEF_{{ upper .role }}_COMPLETION_PRICE
  value: {{ $model.completionPrice | quote }}
{{- end }}
{{- with $model.existingSecret }}
{{ include "goldbrief.secretEnv" (dict "name" (printf "GOLDBRIEF_%s_API_KEY" (upper $.role)) "secret" . "key" $model.apiKeyKey) }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Environment of TGI and vLLM: caches in folders that they may write, a name for a user id that
     their images do not know. */}}
{{- define "goldbrief.engineEnv" -}}
- {name: HOME, value: /tmp}
- {name: USER, value: goldbrief}
- {name: XDG_CACHE_HOME, value: /tmp/cache}
- {name: TRITON_CACHE_DIR, value: /tmp/triton}
- {name: TORCHINDUCTOR_CACHE_DIR, value: /tmp/inductor}
{{ include "goldbrief.hubEnv" . }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- with .Values.engine.extraEnv }}
{{ toYaml . }}
{{- end }}
{{- end -}}
