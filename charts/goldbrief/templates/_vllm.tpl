{{/* Image, arguments and environment of vLLM. */}}
{{- define "goldbrief.vllm" -}}
image: {{ include "goldbrief.foreignImage" .Values.engine.vllm.image }}
command: [python3, -m, vllm.entrypoints.openai.api_server]
args:
  - --model={{ .Values.engine.model }}
  - --host=0.0.0.0
  - --port=8080
  - --enable-lora
  - --max-lora-rank={{ .Values.engine.maxLoraRank }}
  - --max-loras={{ .Values.engine.maxLoras }}
  {{- with .Values.engine.extraArgs }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
env:
  # it loads an adapter of the syncer's folder when it is first asked for it; only our services
  # may ask (NetworkPolicy), since the name becomes a path
  - {name: VLLM_ALLOW_RUNTIME_LORA_UPDATING, value: "1"}
  - {name: VLLM_PLUGINS, value: lora_filesystem_resolver}
  - {name: VLLM_LORA_RESOLVER_CACHE_DIR, value: /var/lib/goldbrief/served}
  - {name: VLLM_NO_USAGE_STATS, value: "1"}
  - {name: VLLM_CACHE_ROOT, value: /tmp/vllm}
  {{- include "goldbrief.engineEnv" . | nindent 2 }}
{{- end -}}
