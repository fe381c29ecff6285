{{- define "goldbrief.trainingJob" -}}
{{- $who := dict "root" $ "component" "training" -}}
{{- with .Values.training -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ include "goldbrief.fullname" $ }}-training
  labels:
    {{- include "goldbrief.podLabels" $who | nindent 4 }}
    {{- with .queueName }}
    kueue.x-k8s.io/queue-name: {{ . }}
    {{- end }}
  annotations:
    goldbrief/gpus-per-node: {{ .gpusPerNode | quote }}
spec:
  {{- if .queueName }}
  # until Kueue admits it
  suspend: true
  {{- end }}
  backoffLimit: {{ .backoffLimit }}
  podReplacementPolicy: Failed
  podFailurePolicy:
    rules:
      # bad spec or data: trying again cannot help
      - action: FailJob
        onExitCodes: {containerName: training, operator: In, values: [64]}
      # interrupted after a checkpoint, or the node went away: goes on from there, not counted
      - action: Ignore
        onExitCodes: {containerName: training, operator: In, values: [75]}
      - action: Ignore
        onPodConditions: [{type: DisruptionTarget, status: "True"}]
  {{- with .activeDeadlineSeconds }}
  activeDeadlineSeconds: {{ int64 . }}
  {{- end }}
  ttlSecondsAfterFinished: {{ int64 .ttlSecondsAfterFinished }}
  template:
    metadata:
      labels:
        {{- include "goldbrief.podLabels" $who | nindent 8 }}
      annotations:
        # a node is not emptied for better packing while it trains
        cluster-autoscaler.kubernetes.io/safe-to-evict: "false"
        {{- with .podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
    spec:
      restartPolicy: Never
      # of several pods, each finds the first by its name in this headless Service
      subdomain: {{ include "goldbrief.fullname" $ }}-training
      terminationGracePeriodSeconds: {{ .terminationGracePeriodSeconds }}
      {{- include "goldbrief.podSpec" (dict "root" $ "component" "training" "values" .) | nindent 6 }}
      {{- with .runtimeClassName }}
      runtimeClassName: {{ . }}
      {{- end }}
      {{- if and $.Values.baseModel.fetch $.Values.baseModel.fetchForTraining }}
      initContainers: {{- include "goldbrief.fetchContainer" $ | nindent 8 }}
      {{- end }}
      containers:
        - name: training
          image: {{ include "goldbrief.image" (dict "root" $ "name" "training") }}
          imagePullPolicy: {{ $.Values.image.pullPolicy }}
          {{- include "goldbrief.containerSecurity" $ | nindent 10 }}
          env:
            {{- include "goldbrief.objectsEnv" $ | nindent 12 }}
            {{- include "goldbrief.hubEnv" $ | nindent 12 }}
            {{- with include "goldbrief.tracingEnv" $ }}
            {{- . | nindent 12 }}
            {{- end }}
            {{- include "goldbrief.commonEnv" $ | nindent 12 }}
            - {name: GOLDBRIEF_TRAINING_GRACE_S, value: {{ sub .terminationGracePeriodSeconds 5 | quote }}}
            {{- with .extraEnv }}
            {{- toYaml . | nindent 12 }}
            {{- end }}
          resources: {{- toYaml .resources | nindent 12 }}
          volumeMounts:
            {{- include "goldbrief.modelMounts" $ | nindent 12 }}
            - {name: shared-memory, mountPath: /dev/shm}
      volumes:
        {{- include "goldbrief.volumes" (dict "home" .homeSize "tmp" .homeSize) | nindent 8 }}
        {{- include "goldbrief.modelVolume" $ | indent 8 }}
        - name: shared-memory
          emptyDir: {medium: Memory, sizeLimit: {{ .sharedMemory }}}
{{- end -}}
{{- end -}}
