{{/* Who may call: the token that services share, and the file of others' (docs/access.md). */}}

{{- define "goldbrief.accessSecret" -}}
{{- .Values.access.existingSecret | default (printf "%s-access" (include "goldbrief.fullname" .)) -}}
{{- end -}}

{{/* For whoever calls services. */}}
{{- define "goldbrief.callerEnv" -}}
{{- if not .Values.access.anonymous -}}
{{ include "goldbrief.secretEnv" (dict "name" "GOLDBRIEF_TOKEN" "secret" (include "goldbrief.accessSecret" .) "key" .Values.access.tokenKey) }}
{{- end -}}
{{- end -}}

{{/* For whoever is called, too. */}}
{{- define "goldbrief.accessEnv" -}}
{{- if .Values.access.anonymous -}}
- {name: GOLDBRIEF_ALLOW_ANONYMOUS, value: "true"}
{{- else -}}
{{ include "goldbrief.callerEnv" . }}
- {name: GOLDBRIEF_TOKENS_FILE, value: /etc/goldbrief-access/tokens.yaml}
{{- end -}}
{{- end -}}

{{/* For the embedded inference server: the token that it wants is made of the services'. */}}
{{- define "goldbrief.engineAccessEnv" -}}
{{- if .Values.access.anonymous -}}
- {name: GOLDBRIEF_ALLOW_ANONYMOUS, value: "true"}
{{- else -}}
{{ include "goldbrief.callerEnv" . }}
{{- end -}}
{{- end -}}

{{- define "goldbrief.accessMount" -}}
{{- if not .Values.access.anonymous -}}
- {name: access, mountPath: /etc/goldbrief-access, readOnly: true}
{{- end -}}
{{- end -}}

{{/* Optional, since the file may come later: then it is found within a minute. */}}
{{- define "goldbrief.accessVolume" -}}
{{- if not .Values.access.anonymous -}}
- name: access
  secret:
    secretName: {{ include "goldbrief.accessSecret" . }}
    optional: true
    items: [{key: {{ .Values.access.tokensKey }}, path: tokens.yaml}]
{{- end -}}
{{- end -}}
