{{/* The groups of files/signals.yaml, whose queries have the labels of this release's series, as YAML under `groups`. */}}
{{- define "tollgate.signals" -}}
{{- $series := printf "job=~\"%s/%s-(control-plane|data-plane|metering)\"" .Release.Namespace (include "tollgate.fullname" .) }}
{{- $groups := .Files.Get "files/signals.yaml" | fromYamlArray }}
{{- range $group := $groups }}
{{- range $signal := $group.signals }}
{{- range $query := $signal.queries }}
{{- $_ := set $query "expr" (replace "SELECTOR" ($.Values.monitoring.series | default $series) $query.expr) }}
{{- end }}
{{- end }}
{{- end }}
{{- dict "groups" $groups | toYaml }}
{{- end }}
