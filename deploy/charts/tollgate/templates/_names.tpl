{{- define "tollgate.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{- define "tollgate.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "tollgate.name" . -}}
{{- if contains $name .Release.Name -}}{{ .Release.Name | trunc 40 | trimSuffix "-" }}{{- else -}}{{ printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}{{- end -}}
{{- end -}}
{{- end -}}

{{/*
A scope is what the objects of one component share: (dict "root" $ "component" "data-plane" "group" "edge" "values" .Values.dataPlane).
Only the data plane has groups; without one, `group` is missing.
*/}}

{{/* Name of a component's workload, service, budget and so on. */}}
{{- define "tollgate.component" -}}
{{ include "tollgate.fullname" .root }}-{{ .component }}{{ with .group }}-{{ . }}{{ end }}
{{- end -}}

{{/* Labels of every object of a component. */}}
{{- define "tollgate.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
{{ include "tollgate.selector" . }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- define "tollgate.selector" -}}
app.kubernetes.io/name: {{ include "tollgate.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- with .group }}
tollgate.io/group: {{ . | quote }}
{{- end }}
{{- end -}}

{{/* Scopes of all components, each in an element of the list `scopes`: control plane, metering, and the groups of the data plane. */}}
{{- define "tollgate.scopes" -}}
scopes:
  - { component: control-plane, values: {{ toJson .Values.controlPlane }} }
  - { component: metering, values: {{ toJson .Values.metering }} }
{{- range (include "tollgate.groups" . | fromYaml).groups }}
  - { component: data-plane, group: {{ .name | quote }}, values: {{ toJson .values }} }
{{- end }}
{{- end -}}

{{/* The groups of nodes, each with the values of `dataPlane` and its own on top of them. Without any, there is one group without a name. */}}
{{- define "tollgate.groups" -}}
{{- $base := omit .Values.dataPlane "groups" -}}
groups:
{{- range $name, $own := .Values.dataPlane.groups }}
  - { name: {{ $name | quote }}, values: {{ mergeOverwrite (deepCopy $base) (deepCopy ($own | default dict)) | toJson }} }
{{- else }}
  - { name: "", values: {{ toJson $base }} }
{{- end }}
{{- end -}}

{{- define "tollgate.image" -}}
{{- $image := .root.Values.image -}}
{{ $image.repository }}/{{ .component }}{{ if hasKey $image.digests .component }}@{{ get $image.digests .component }}{{ else }}:{{ $image.tag | default .root.Chart.AppVersion }}{{ end }}
{{- end -}}

{{- define "tollgate.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}{{ default (include "tollgate.fullname" .) .Values.serviceAccount.name }}{{- else -}}{{ default "default" .Values.serviceAccount.name }}{{- end -}}
{{- end -}}

{{- define "tollgate.tokenSecret" -}}
{{- default (printf "%s-token" (include "tollgate.fullname" .)) .Values.auth.existingSecret -}}
{{- end -}}
