{{/* The priority class of a component, or nothing. Arguments: root, component. */}}
{{- define "goldbrief.priorityClass" -}}
{{- $role := "pipeline" -}}
{{- if has .component (list "postgresql" "redis" "s3" "mlflow") }}{{ $role = "stores" }}
{{- else if has .component (list "summarize" "registry" "inference" "engine") }}{{ $role = "serving" }}
{{- else if eq .component "training" }}{{ $role = "training" }}{{ end -}}
{{- $classes := .root.Values.priorityClasses -}}
{{- if get $classes $role -}}
{{- get $classes $role -}}
{{- else if $classes.create -}}
{{- include "goldbrief.ownPriorityClass" (dict "root" .root "role" $role) -}}
{{- end -}}
{{- end -}}

{{/* With the namespace: the name is the whole cluster's. Arguments: root, role. */}}
{{- define "goldbrief.ownPriorityClass" -}}
{{- printf "%s-%s-%s" .root.Release.Namespace (include "goldbrief.fullname" .root) .role -}}
{{- end -}}
