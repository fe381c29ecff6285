{{/* Parts of the bundled stores. */}}

{{/* The value of a Secret's key as it is in the cluster, or a new password. Arguments: root,
     secret, key. `helm template` sees no cluster and shows a new one each time. */}}
{{- define "goldbrief.keptPassword" -}}
{{- $found := lookup "v1" "Secret" .root.Release.Namespace .secret -}}
{{- get ($found.data | default dict) .key | default (randAlphaNum 32 | b64enc) -}}
{{- end -}}

{{- define "goldbrief.keep" -}}
{{- if .Values.keepData -}}
annotations:
  helm.sh/resource-policy: keep
{{- end }}
{{- end -}}

{{/* The claim of a store, unless it has one or wants none. Arguments: root, component. */}}
{{- define "goldbrief.storeClaim" -}}
{{- $persistence := (get .root.Values .component).persistence -}}
{{- if and $persistence.enabled (not $persistence.existingClaim) }}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ include "goldbrief.fullname" .root }}-{{ .component }}
  labels: {{- include "goldbrief.labels" . | nindent 4 }}
  {{- with include "goldbrief.keep" .root }}
  {{- . | nindent 2 }}
  {{- end }}
spec:
  accessModes: [ReadWriteOnce]
  {{- with $persistence.storageClassName }}
  storageClassName: {{ . }}
  {{- end }}
  resources:
    requests: {storage: {{ $persistence.size }}}
{{- end }}
{{- end -}}

{{/* Its volume. Arguments: root, component. */}}
{{- define "goldbrief.storeVolume" -}}
{{- $persistence := (get .root.Values .component).persistence -}}
- name: data
  {{- if $persistence.enabled }}
  persistentVolumeClaim:
    claimName: {{ $persistence.existingClaim | default (printf "%s-%s" (include "goldbrief.fullname" .root) .component) }}
  {{- else }}
  emptyDir: {}
  {{- end }}
{{- end -}}

{{/* Service, ServiceAccount and the head of the StatefulSet. Arguments: root, component, port. */}}
{{- define "goldbrief.storeService" -}}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "goldbrief.fullname" .root }}-{{ .component }}
  labels: {{- include "goldbrief.labels" . | nindent 4 }}
spec:
  selector: {{- include "goldbrief.selectorLabels" . | nindent 4 }}
  ports:
    - {name: {{ .component }}, port: {{ .port }}, targetPort: {{ .component }}}
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ include "goldbrief.fullname" .root }}-{{ .component }}
  labels: {{- include "goldbrief.labels" . | nindent 4 }}
automountServiceAccountToken: false
{{- end -}}

{{/* A StatefulSet of one pod up to its container. Arguments: root, component, user. */}}
{{- define "goldbrief.storeHead" -}}
apiVersion: apps/v1
kind: StatefulSet
metadata:
  name: {{ include "goldbrief.fullname" .root }}-{{ .component }}
  labels: {{- include "goldbrief.labels" . | nindent 4 }}
spec:
  replicas: 1
  serviceName: {{ include "goldbrief.fullname" .root }}-{{ .component }}
  selector:
    matchLabels: {{- include "goldbrief.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      labels: {{- include "goldbrief.podLabels" . | nindent 8 }}
    spec:
      {{- include "goldbrief.podSpec" . | nindent 6 }}
      terminationGracePeriodSeconds: 60
      containers:
        - name: {{ .component }}
          {{- include "goldbrief.containerSecurity" .root | nindent 10 }}
          resources: {{- toYaml (get .root.Values .component).resources | nindent 12 }}
{{- end -}}
