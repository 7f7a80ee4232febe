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

{{/* Labels of every object. Takes (dict "root" $ "component" "data-plane"). */}}
{{- define "tollgate.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
{{ include "tollgate.selector" . }}
{{- end -}}

{{- define "tollgate.selector" -}}
app.kubernetes.io/name: {{ include "tollgate.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{- define "tollgate.image" -}}
{{ .root.Values.image.repository }}/{{ .component }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end -}}

{{- define "tollgate.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}{{ default (include "tollgate.fullname" .) .Values.serviceAccount.name }}{{- else -}}{{ default "default" .Values.serviceAccount.name }}{{- end -}}
{{- end -}}

{{- define "tollgate.tokenSecret" -}}
{{- default (printf "%s-token" (include "tollgate.fullname" .)) .Values.auth.existingSecret -}}
{{- end -}}

{{/* Environment variables of all processes. */}}
{{- define "tollgate.commonEnv" -}}
- name: TOLLGATE_BIND
  value: 0.0.0.0
- name: TOLLGATE_HOME
  value: /var/lib/tollgate
- name: TOLLGATE_LOG_LEVEL
  value: {{ .Values.logLevel | quote }}
- name: TOLLGATE_REGION
  value: {{ .Values.region | quote }}
{{- with .Values.extraEnv }}
{{ toYaml . }}
{{- end }}
- name: TOLLGATE_AUTH
  value: iam
- name: TOLLGATE_TOKEN
  valueFrom:
    secretKeyRef:
      name: {{ include "tollgate.tokenSecret" . }}
      key: token
- name: TOLLGATE_TOKENS
  valueFrom:
    secretKeyRef:
      name: {{ include "tollgate.tokenSecret" . }}
      key: tokens
      optional: true
{{- if .Values.tls.secretName }}
- name: TOLLGATE_TLS_CERT
  value: /etc/tollgate/tls/tls.crt
- name: TOLLGATE_TLS_KEY
  value: /etc/tollgate/tls/tls.key
{{- if .Values.tls.mutual }}
- name: TOLLGATE_TLS_CA
  value: /etc/tollgate/tls/ca.crt
{{- end }}
{{- else }}
# Without TLS, tokens go over the network of the cluster as they are.
- name: TOLLGATE_CLEAR_TOKENS
  value: allow
{{- end }}
{{- end -}}

{{- define "tollgate.tlsMount" -}}
{{- if .Values.tls.secretName -}}
- { name: tls, mountPath: /etc/tollgate/tls, readOnly: true }
{{- end -}}
{{- end -}}

{{- define "tollgate.tlsVolume" -}}
{{- if .Values.tls.secretName -}}
- name: tls
  secret: { secretName: {{ .Values.tls.secretName }} }
{{- end -}}
{{- end -}}

{{- define "tollgate.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "tollgate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* Names of the service of the data plane, and those of the values: hosts whose paths may name APIs. */}}
{{- define "tollgate.pathStyleHosts" -}}
{{- $name := printf "%s-data-plane" (include "tollgate.fullname" .) -}}
{{- $namespaced := printf "%s.%s" $name .Release.Namespace -}}
{{- $own := list $name $namespaced (printf "%s.svc" $namespaced) (printf "%s.svc.cluster.local" $namespaced) -}}
{{- join "," (concat $own .Values.dataPlane.pathStyleHosts) -}}
{{- end -}}

{{/* Endpoints of AWS services for integrations, and the credentials for calls to them. */}}
{{- define "tollgate.integrationEnv" -}}
{{- with .Values.integrations -}}
{{- range $name, $url := .serviceEndpoints }}
- name: {{ $name }}
  value: {{ $url | quote }}
{{- end }}
{{- with .egress }}
- name: TOLLGATE_EGRESS
  value: {{ . | quote }}
{{- end }}
{{- if .awsCredentialsSecret }}
- name: AWS_SHARED_CREDENTIALS_FILE
  value: /etc/tollgate/aws/credentials
{{- end }}
{{- if .clientCertificates }}
- name: TOLLGATE_CLIENT_CERTIFICATES
  value: /etc/tollgate/client-certificates
{{- end }}
{{- end }}
{{- end }}

{{- define "tollgate.integrationMounts" -}}
{{- with .Values.integrations -}}
{{- if .awsCredentialsSecret }}
- { name: aws-credentials, mountPath: /etc/tollgate/aws, readOnly: true }
{{- end }}
{{- range $id, $secret := .clientCertificates }}
- { name: client-certificate-{{ $id }}, mountPath: /etc/tollgate/client-certificates/{{ $id }}, readOnly: true }
{{- end }}
{{- end }}
{{- end }}

{{- define "tollgate.integrationVolumes" -}}
{{- with .Values.integrations -}}
{{- if .awsCredentialsSecret }}
- name: aws-credentials
  secret: { secretName: {{ .awsCredentialsSecret }} }
{{- end }}
{{- range $id, $secret := .clientCertificates }}
- name: client-certificate-{{ $id }}
  secret: { secretName: {{ $secret }} }
{{- end }}
{{- end }}
{{- end }}

{{/* What control planes and nodes share limits by. */}}
{{- define "tollgate.redisEnv" -}}
{{- with .Values.external.redis }}
- name: TOLLGATE_REDIS
  value: {{ . | quote }}
{{- with $.Values.external.redisSecret }}
- name: TOLLGATE_REDIS_USERNAME
  valueFrom:
    secretKeyRef: { name: {{ . | quote }}, key: username, optional: true }
- name: TOLLGATE_REDIS_PASSWORD
  valueFrom:
    secretKeyRef: { name: {{ . | quote }}, key: password }
{{- end }}
{{- end }}
{{- end }}
