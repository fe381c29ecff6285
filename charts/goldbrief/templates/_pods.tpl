{{/* What all pods share: security, scheduling, volumes, probes. */}}

{{/* Pod fields before the containers. Arguments: root, component, and optionally user, token,
     serviceAccount, values (nodeSelector, tolerations, affinity). */}}
{{- define "goldbrief.podSpec" -}}
{{- $user := .user | default 10001 -}}
serviceAccountName: {{ .serviceAccount | default (printf "%s-%s" (include "goldbrief.fullname" .root) .component) }}
automountServiceAccountToken: {{ .token | default false }}
# the names of our Services would become GOLDBRIEF_* variables, which are our settings
enableServiceLinks: false
securityContext:
  runAsNonRoot: true
  runAsUser: {{ $user }}
  runAsGroup: {{ $user }}
  fsGroup: {{ $user }}
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile: {type: RuntimeDefault}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
{{- range . }}
  - name: {{ . }}
{{- end }}
{{- end }}
{{- with include "goldbrief.priorityClass" . }}
priorityClassName: {{ . }}
{{- end }}
{{- range $field := list "nodeSelector" "tolerations" "affinity" }}
{{- with get ($.values | default dict) $field }}
{{ $field }}: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{- define "goldbrief.containerSecurity" -}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  runAsNonRoot: true
  capabilities: {drop: [ALL]}
{{- end -}}

{{/* The only writable folders: state and scratch. */}}
{{- define "goldbrief.mounts" -}}
- {name: home, mountPath: /var/lib/goldbrief}
- {name: tmp, mountPath: /tmp}
{{- end -}}

{{/* Arguments: home, tmp (size limits). */}}
{{- define "goldbrief.volumes" -}}
- name: home
  emptyDir: {sizeLimit: {{ .home }}}
- name: tmp
  emptyDir: {sizeLimit: {{ .tmp }}}
{{- end -}}

{{/* Probes of a gRPC service: slow starts are waited for, a hung process is restarted. */}}
{{- define "goldbrief.grpcProbes" -}}
startupProbe:
  grpc: {port: 7700}
  periodSeconds: 3
  timeoutSeconds: 3
  failureThreshold: 60
readinessProbe:
  grpc: {port: 7700}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: 3
livenessProbe:
  grpc: {port: 7700}
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 6
{{- end -}}

{{/* Arguments: path, port (a name), and optionally ready (a path that proves more), startup (tries
     of 5 seconds). */}}
{{- define "goldbrief.httpProbes" -}}
startupProbe:
  httpGet: {path: {{ .path }}, port: {{ .port }}}
  periodSeconds: 5
  timeoutSeconds: 3
  failureThreshold: {{ .startup | default 60 }}
readinessProbe:
  httpGet: {path: {{ .ready | default .path }}, port: {{ .port }}}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: 3
livenessProbe:
  httpGet: {path: {{ .path }}, port: {{ .port }}}
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 6
{{- end -}}

{{/* Probes of a store: its own client asks whether it takes work; a process that accepts no
     connection is restarted. Arguments: command, port (a name). */}}
{{- define "goldbrief.storeProbes" -}}
{{- range $probe, $tries := dict "startupProbe" 60 "readinessProbe" 3 -}}
{{ $probe }}:
  exec: {command: {{ toJson $.command }}}
  periodSeconds: 5
  timeoutSeconds: 5
  failureThreshold: {{ $tries }}
{{ end -}}
livenessProbe:
  tcpSocket: {port: {{ .port }}}
  periodSeconds: 20
  timeoutSeconds: 10
  failureThreshold: 6
{{- end -}}

{{/* The endpoint leaves the Service's list before the process hears of its end. */}}
{{- define "goldbrief.drain" -}}
lifecycle:
  preStop:
    sleep: {seconds: 5}
{{- end -}}

{{/* Spread over nodes and zones, as far as it goes. Arguments: root, component. */}}
{{- define "goldbrief.spread" -}}
topologySpreadConstraints:
{{- range list "kubernetes.io/hostname" "topology.kubernetes.io/zone" }}
  - maxSkew: 1
    topologyKey: {{ . }}
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "goldbrief.selectorLabels" $ | nindent 8 }}
{{- end }}
{{- end -}}
