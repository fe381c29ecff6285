{{/* What cannot work is refused before anything is made; each message names the mend. */}}
{{- define "goldbrief.checks" -}}
{{- if not (regexMatch "^[a-z]" (include "goldbrief.fullname" .)) -}}
{{- fail (printf "Services cannot be called %s-...: names begin with a letter. Use another release name, or set fullnameOverride." (include "goldbrief.fullname" .)) -}}
{{- end -}}
{{- include "goldbrief.checkStores" . -}}
{{- include "goldbrief.checkModels" . -}}
{{- include "goldbrief.checkScaling" . -}}
{{- include "goldbrief.checkVariables" . -}}
{{- include "goldbrief.checkEntrances" . -}}
{{- include "goldbrief.checkSecrets" . -}}
{{- include "goldbrief.checkStorageClass" . -}}
{{- end -}}

{{- define "goldbrief.checkStores" -}}
{{- range $store, $address := dict "postgresql" "host" "redis" "host" "s3" "endpoint" "mlflow" "uri" -}}
{{- $values := get $.Values $store -}}
{{- if and $values.deploy (get $values $address) -}}
{{- fail (printf "%s.deploy is true and %s.%s is given: set %s.deploy=false to use your own, or leave %s.%s empty for the bundled one." $store $store $address $store $store $address) -}}
{{- else if and (not $values.deploy) (not (get $values $address)) -}}
{{- fail (printf "%s.deploy is false: give your own in %s.%s, or set %s.deploy=true for the bundled one." $store $store $address $store) -}}
{{- else if and (not $values.deploy) (not $values.existingSecret) (has $store (list "postgresql" "s3")) -}}
{{- fail (printf "%s.deploy is false: name the Secret with its credentials in %s.existingSecret (see the chart's README for its keys)." $store $store) -}}
{{- end -}}
{{- end -}}
{{- if contains "://" .Values.s3.endpoint -}}
{{- fail (printf "s3.endpoint is %q: give host and port without scheme; s3.secure says whether it speaks TLS." .Values.s3.endpoint) -}}
{{- end -}}
{{- end -}}

{{- define "goldbrief.checkModels" -}}
{{- range $role := list "teacher" "judge" -}}
{{- $model := get $.Values $role -}}
{{- if and $model.url (not $model.model) -}}
{{- fail (printf "%s.url is given: name the model at that URL in %s.model." $role $role) -}}
{{- else if and (not $model.url) (or $model.model $model.existingSecret) -}}
{{- fail (printf "%s.model or %s.existingSecret is given without %s.url: give the URL (it ends in /v1), or leave them empty for the offline %s." $role $role $role $role) -}}
{{- end -}}
{{- end -}}
{{- with .Values.baseModel -}}
{{- if and (not .fetch) (not .existingClaim) -}}
{{- fail "baseModel.fetch is false: nothing would bring the embedding model of the inference server. Name a claim that holds it in baseModel.existingClaim, or set baseModel.fetch=true." -}}
{{- end -}}
{{- end -}}
{{- with .Values.engine -}}
{{- if ne .kind "embedded" -}}
{{- if not .model -}}
{{- fail (printf "engine.kind is %s: name its base model in engine.model, a hub id or a folder below /var/lib/goldbrief/models." .kind) -}}
{{- end -}}
{{- if not (include "goldbrief.gpus" .resources) -}}
{{- fail (printf "engine.kind is %s: it needs a GPU. Limit one in engine.resources, e.g. --set engine.resources.limits.nvidia\\.com/gpu=1, or see values-gpu.yaml." .kind) -}}
{{- end -}}
{{- else if or .model .adapters .resources -}}
{{- fail "engine.model, engine.adapters and engine.resources are for TGI and vLLM: set engine.kind, or use baseModel.name and inference.resources for the embedded server." -}}
{{- end -}}
{{- if and (eq .kind "vllm") .adapters -}}
{{- fail "engine.adapters is for TGI: vLLM loads adapters while it runs." -}}
{{- end -}}
{{- end -}}
{{- range $name := keys ((.Values.training.resources).requests | default dict) -}}
{{- if and (contains "/" $name) (not (hasKey (($.Values.training.resources).limits | default dict) $name)) -}}
{{- fail (printf "training.resources requests %s without a limit: Kubernetes wants devices as limits. Set training.resources.limits." $name) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* The devices among limits: their names have a slash. Argument: resources. */}}
{{- define "goldbrief.gpus" -}}
{{- range $name := keys (.limits | default dict) }}{{ if contains "/" $name }}{{ $name }} {{ end }}{{ end -}}
{{- end -}}

{{- define "goldbrief.checkScaling" -}}
{{- $scaled := dict "inference" .Values.inference.autoscaling -}}
{{- range $room := include "goldbrief.rooms" . | fromJsonArray -}}
{{- $values := include "goldbrief.roomValues" (dict "root" $ "room" $room) | fromJson -}}
{{- $scaled = set $scaled (printf "rooms.%s" $room) $values.autoscaling -}}
{{- end -}}
{{- range $where, $scaling := $scaled -}}
{{- if and $scaling.enabled (gt (int $scaling.minReplicas) (int $scaling.maxReplicas)) -}}
{{- fail (printf "%s.autoscaling: minReplicas %v is more than maxReplicas %v." $where $scaling.minReplicas $scaling.maxReplicas) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Kubernetes takes a variable once. */}}
{{- define "goldbrief.checkVariables" -}}
{{- $ours := "^(HOME|MLFLOW_(AUTH_ADMIN|TRACKING)_(USERNAME|PASSWORD)|MASTER_ADDR|MASTER_PORT|PGPASSWORD|REDIS_PASSWORD|HF_HOME|HF_TOKEN|OTEL_EXPORTER_OTLP_(ENDPOINT|HEADERS)|OTEL_TRACES_SAMPLER(_ARG)?|GOLDBRIEF_(ENGINE|LOG_FORMAT|TGI_.*|HOME|HOST|NODES|PORT|SUMMARIZE_(HTTP_PORT|SAMPLED_SHARE)|LIVE_.*|CONSOLE_.*|.*ADDRESS|DATABASE_URL|BROKER_URL|OBJECTS|S3_.*|TRACKING_URI|(INFERENCE|INFERENCE_REPLICAS|EMBEDDINGS)_URL|INFERENCE_PORT|BASE_MODEL|SIGNING_KEY|TRUSTED_KEYS|ALLOW_UNSIGNED|MIGRATE_ON_START|TRAINING_.*|(TEACHER|JUDGE)_.*))$" -}}
{{- $v := .Values -}}
{{- $lists := dict "extraEnv" $v.extraEnv "roomDefaults.extraEnv" $v.roomDefaults.extraEnv "inference.extraEnv" $v.inference.extraEnv "console.extraEnv" $v.console.extraEnv "engine.extraEnv" $v.engine.extraEnv "training.extraEnv" $v.training.extraEnv -}}
{{- range $room, $values := $v.rooms }}{{ $lists = set $lists (printf "rooms.%s.extraEnv" $room) ($values.extraEnv | default list) }}{{ end -}}
{{- range $where, $variables := $lists -}}
{{- range $variables -}}
{{- if regexMatch $ours .name -}}
{{- fail (printf "%s sets %s, which the chart sets itself: use the value for it (the chart's README lists all)." $where .name) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "goldbrief.checkEntrances" -}}
{{- with .Values.ingress -}}
{{- if .enabled -}}
{{- if not .host -}}
{{- fail "ingress.enabled is true: give the host name in ingress.host." -}}
{{- else if not (or .tls.secretName .tls.clusterIssuer .tls.issuer) -}}
{{- fail "ingress.enabled is true: controllers speak gRPC over TLS only. Give a certificate in ingress.tls.secretName, or have cert-manager make one with ingress.tls.clusterIssuer or ingress.tls.issuer." -}}
{{- else if and .tls.clusterIssuer .tls.issuer -}}
{{- fail "ingress.tls: give clusterIssuer or issuer, not both." -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- with .Values.console -}}
{{- if and .ingress.enabled (not .enabled) -}}
{{- fail "console.ingress.enabled is true and console.enabled is false: there would be nothing behind it." -}}
{{- else if and .ingress.enabled (not .ingress.host) -}}
{{- fail "console.ingress.enabled is true: give the host name in console.ingress.host." -}}
{{- end -}}
{{- end -}}
{{- if and .Values.gateway.enabled (not .Values.gateway.parentRefs) -}}
{{- fail "gateway.enabled is true: name the Gateway in gateway.parentRefs, e.g. [{name: public, namespace: gateways}]." -}}
{{- end -}}
{{- end -}}

{{/* Whether a cluster can be asked, and has the namespace. `helm template` asks none. */}}
{{- define "goldbrief.hasCluster" -}}
{{- if lookup "v1" "ServiceAccount" .Release.Namespace "default" }}true{{ end -}}
{{- end -}}

{{- define "goldbrief.checkSecrets" -}}
{{- $v := .Values -}}
{{- if include "goldbrief.hasCluster" . -}}
{{- range $need := list
    (list "postgresql.existingSecret" $v.postgresql.existingSecret $v.postgresql.passwordKey)
    (list "redis.existingSecret" $v.redis.existingSecret $v.redis.passwordKey)
    (list "s3.existingSecret" $v.s3.existingSecret $v.s3.accessKeyKey $v.s3.secretKeyKey)
    (list "access.existingSecret" $v.access.existingSecret $v.access.tokenKey)
    (list "mlflow.existingSecret" $v.mlflow.existingSecret "username" "password")
    (list "teacher.existingSecret" $v.teacher.existingSecret $v.teacher.apiKeyKey)
    (list "judge.existingSecret" $v.judge.existingSecret $v.judge.apiKeyKey)
    (list "signing.existingSecret" $v.signing.existingSecret $v.signing.privateKeyKey $v.signing.publicKeyKey)
    (list "console.existingSecret" $v.console.existingSecret $v.console.secretKey)
    (list "baseModel.hubTokenSecret" $v.baseModel.hubTokenSecret $v.baseModel.hubTokenKey) -}}
{{- $where := index $need 0 -}}
{{- $name := index $need 1 -}}
{{- if $name -}}
{{- $secret := lookup "v1" "Secret" $.Release.Namespace $name -}}
{{- range $key := slice $need 2 -}}
{{- if not (hasKey ($secret.data | default dict) $key) -}}
{{- fail (printf "%s: the Secret %s of namespace %s %s. Make it: kubectl -n %s create secret generic %s%s" $where $name $.Release.Namespace (ternary (printf "has no key %s" $key) "does not exist" (not (empty $secret))) $.Release.Namespace $name (include "goldbrief.literals" (slice $need 2))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "goldbrief.literals" -}}
{{- range . }} --from-literal={{ . }}=...{{ end -}}
{{- end -}}

{{/* A claim without a class waits for ever where there is no default. */}}
{{- define "goldbrief.checkStorageClass" -}}
{{- $claims := list -}}
{{- range $store := list "postgresql" "redis" "s3" "mlflow" -}}
{{- $values := get $.Values $store -}}
{{- $persistence := $values.persistence -}}
{{- if and $values.deploy $persistence.enabled (not $persistence.existingClaim) (not $persistence.storageClassName) -}}
{{- $claims = append $claims $store -}}
{{- end -}}
{{- end -}}
{{- if and $claims (include "goldbrief.hasCluster" .) -}}
{{- $default := false -}}
{{- $names := list -}}
{{- range (lookup "storage.k8s.io/v1" "StorageClass" "" "").items -}}
{{- $names = append $names .metadata.name -}}
{{- if eq (get (.metadata.annotations | default dict) "storageclass.kubernetes.io/is-default-class") "true" }}{{ $default = true }}{{ end -}}
{{- end -}}
{{- if not $default -}}
{{- fail (printf "The cluster has no default StorageClass (it has: %s), and the volumes of %s would wait for ever. Name one, e.g. --set %s.persistence.storageClassName=..., or make one the default." (join ", " $names | default "none at all") (join ", " $claims) (join ".persistence.storageClassName=...,"  $claims)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
