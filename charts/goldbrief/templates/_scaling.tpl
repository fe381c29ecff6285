{{/* Autoscaler and disruption budget of a Deployment. Arguments: root, component, values (replicas,
     autoscaling). */}}
{{- define "goldbrief.scaling" -}}
{{- $scaling := .values.autoscaling | default dict -}}
{{- if $scaling.enabled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "goldbrief.fullname" .root }}-{{ .component }}
  labels: {{- include "goldbrief.labels" . | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ include "goldbrief.fullname" .root }}-{{ .component }}}
  minReplicas: {{ $scaling.minReplicas }}
  maxReplicas: {{ $scaling.maxReplicas }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: {{ $scaling.targetCPU }}}
{{- end }}
{{- /* of one pod a budget would only keep its node from being emptied */}}
{{- if gt (int (ternary $scaling.minReplicas .values.replicas ($scaling.enabled | default false))) 1 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ include "goldbrief.fullname" .root }}-{{ .component }}
  labels: {{- include "goldbrief.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  # a pod that is not ready serves nobody: it may go
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels: {{- include "goldbrief.selectorLabels" . | nindent 6 }}
{{- end }}
{{- end -}}
