{{/* Environment variables of all processes. Takes a scope. */}}
{{- define "tollgate.commonEnv" -}}
{{- $root := .root -}}
{{- with $root.Values -}}
- name: TOLLGATE_BIND
  value: 0.0.0.0
- name: TOLLGATE_HOME
  value: /var/lib/tollgate
- name: TOLLGATE_LOG_LEVEL
  value: {{ .logLevel | quote }}
- name: TOLLGATE_REGION
  value: {{ .region | quote }}
- name: TOLLGATE_KAFKA
  value: {{ join "," .external.kafka | quote }}
- name: TOLLGATE_AUTH
  value: iam
{{- if include "tollgate.tlsSecret" $ }}
- name: TOLLGATE_TLS_CERT
  value: /etc/tollgate/tls/tls.crt
- name: TOLLGATE_TLS_KEY
  value: /etc/tollgate/tls/tls.key
{{- if .tls.mutual }}
- name: TOLLGATE_TLS_CA
  value: /etc/tollgate/tls/ca.crt
{{- end }}
{{- else }}
# Without TLS, tokens go over the network of the cluster as they are.
- name: TOLLGATE_CLEAR_TOKENS
  value: allow
{{- end }}
{{- end }}
{{- end -}}

{{/* An operator's own variables. They are the last ones: of two with one name, the later one counts. */}}
{{- define "tollgate.extraEnv" -}}
{{- with concat .root.Values.extraEnv .values.extraEnv }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/*
Files with secrets, by the settings that name them: (dict setting (dict "secret" NAME "key" KEY)). Whatever replaces a Secret, the processes use the new content
without a restart. Takes a scope.
*/}}
{{- define "tollgate.secretFiles" -}}
{{- $root := .root -}}
{{- $tokens := include "tollgate.tokenSecret" $root -}}
{{- $files := dict "TOLLGATE_TOKEN_FILE" (dict "secret" $tokens "key" (ternary "node-token" "token" (eq .component "data-plane"))) -}}
{{- if ne .component "data-plane" }}{{ $files = set $files "TOLLGATE_TOKENS_FILE" (dict "secret" $tokens "key" "tokens") }}{{ end -}}
{{- if eq .component "metering" -}}
{{- $database := $root.Values.external.database -}}
{{- $own := dict "secret" (printf "%s-database" (include "tollgate.fullname" $root)) "key" "url" -}}
{{- $given := dict "secret" $database.existingSecret "key" $database.existingSecretKey -}}
{{- $files = set $files "TOLLGATE_DATABASE_URL_FILE" (ternary $given $own (ne $database.existingSecret "")) -}}
{{- with $root.Values.external.metrics.secret }}{{ $files = set $files "TOLLGATE_METRICS_HEADERS_FILE" (dict "secret" . "key" "headers") }}{{ end -}}
{{- else if and $root.Values.external.redis $root.Values.external.redisSecret -}}
{{- $files = set $files "TOLLGATE_REDIS_PASSWORD_FILE" (dict "secret" $root.Values.external.redisSecret "key" "password") -}}
{{- end -}}
{{- if and (eq .component "control-plane") $root.Values.external.mail.secret -}}
{{- $files = set $files "TOLLGATE_SMTP_URL_FILE" (dict "secret" $root.Values.external.mail.secret "key" "smtp-url") -}}
{{- end -}}
{{- if and (eq .component "control-plane") $root.Values.controlPlane.acme.externalAccount.secret -}}
{{- $files = set $files "TOLLGATE_ACME_EAB_KEY_FILE" (dict "secret" $root.Values.controlPlane.acme.externalAccount.secret "key" "eab-key") -}}
{{- end -}}
{{- if and (eq .component "control-plane") $root.Values.controlPlane.acme.dns.secret -}}
{{- $files = set $files "TOLLGATE_ACME_DNS_KEY_FILE" (dict "secret" $root.Values.controlPlane.acme.dns.secret "key" "dns-key") -}}
{{- end -}}
{{- toYaml $files -}}
{{- end -}}

{{- define "tollgate.secretFilesEnv" -}}
{{- range $setting, $_ := include "tollgate.secretFiles" . | fromYaml }}
- name: {{ $setting }}
  value: /etc/tollgate/secrets/{{ $setting }}
{{- end }}
{{- end -}}

{{- define "tollgate.secretFilesVolume" -}}
- name: secrets
  projected:
    defaultMode: 0440
    sources:
      {{- range $setting, $file := include "tollgate.secretFiles" . | fromYaml }}
      - secret:
          name: {{ $file.secret | quote }}
          items: [{ key: {{ $file.key | quote }}, path: {{ $setting }} }]
      {{- end }}
{{- end -}}

{{/* What control planes and nodes share limits by. */}}
{{- define "tollgate.redisEnv" -}}
{{- with .Values.external.redis -}}
- name: TOLLGATE_REDIS
  value: {{ . | quote }}
{{- with $.Values.external.redisSecret }}
- name: TOLLGATE_REDIS_USERNAME
  valueFrom:
    secretKeyRef: { name: {{ . | quote }}, key: username, optional: true }
{{- end }}
{{- end }}
{{- end -}}

{{/* Endpoints of AWS services for integrations, and the credentials for calls to them. */}}
{{- define "tollgate.integrationEnv" -}}
{{- $env := list -}}
{{- with .Values.integrations -}}
{{- range $name, $url := .serviceEndpoints }}{{ $env = append $env (dict "name" $name "value" $url) }}{{ end }}
{{- if .egress }}{{ $env = append $env (dict "name" "TOLLGATE_EGRESS" "value" .egress) }}{{ end }}
{{- if .awsCredentialsSecret }}{{ $env = append $env (dict "name" "AWS_SHARED_CREDENTIALS_FILE" "value" "/etc/tollgate/aws/credentials") }}{{ end }}
{{- if .clientCertificates }}{{ $env = append $env (dict "name" "TOLLGATE_CLIENT_CERTIFICATES" "value" "/etc/tollgate/client-certificates") }}{{ end }}
{{- end -}}
{{- if $env }}{{ toYaml $env }}{{ end -}}
{{- end -}}

{{- define "tollgate.integrationMounts" -}}
{{- $mounts := list -}}
{{- with .Values.integrations -}}
{{- if .awsCredentialsSecret }}{{ $mounts = append $mounts (dict "name" "aws-credentials" "mountPath" "/etc/tollgate/aws" "readOnly" true) }}{{ end }}
{{- range $id, $secret := .clientCertificates }}
{{- $mounts = append $mounts (dict "name" (printf "client-certificate-%s" $id) "mountPath" (printf "/etc/tollgate/client-certificates/%s" $id) "readOnly" true) }}
{{- end }}
{{- end -}}
{{- if $mounts }}{{ toYaml $mounts }}{{ end -}}
{{- end -}}

{{- define "tollgate.integrationVolumes" -}}
{{- $volumes := list -}}
{{- with .Values.integrations -}}
{{- if .awsCredentialsSecret }}{{ $volumes = append $volumes (dict "name" "aws-credentials" "secret" (dict "secretName" .awsCredentialsSecret)) }}{{ end }}
{{- range $id, $secret := .clientCertificates }}
{{- $volumes = append $volumes (dict "name" (printf "client-certificate-%s" $id) "secret" (dict "secretName" $secret)) }}
{{- end }}
{{- end -}}
{{- if $volumes }}{{ toYaml $volumes }}{{ end -}}
{{- end -}}

{{/* The Secret with the certificate of gRPC of a component: the one of the values for all, or its own by cert-manager. Empty: plaintext. */}}
{{- define "tollgate.tlsSecret" -}}
{{- if .root.Values.tls.certManager.enabled -}}{{ include "tollgate.fullname" .root }}-{{ .component }}-grpc{{- else -}}{{ .root.Values.tls.secretName }}{{- end -}}
{{- end -}}

{{- define "tollgate.tlsMount" -}}
{{- if include "tollgate.tlsSecret" . -}}
- { name: tls, mountPath: /etc/tollgate/tls, readOnly: true }
{{- end -}}
{{- end -}}

{{- define "tollgate.tlsVolume" -}}
{{- with include "tollgate.tlsSecret" . -}}
- name: tls
  secret: { secretName: {{ . | quote }} }
{{- end -}}
{{- end -}}

{{/* The Secret with the certificate that a group of nodes presents to callers. Empty: each node makes its own. */}}
{{- define "tollgate.httpsSecret" -}}
{{- with .values.https -}}
{{- if .secretName -}}{{ .secretName }}{{- else if and .enabled .certManager.enabled -}}{{ include "tollgate.component" $ }}-https{{- end -}}
{{- end -}}
{{- end -}}

{{/* Names of the services of the data plane, and those of the values: hosts whose paths may name APIs. */}}
{{- define "tollgate.pathStyleHosts" -}}
{{- $name := include "tollgate.component" . -}}
{{- $namespaced := printf "%s.%s" $name .root.Release.Namespace -}}
{{- $own := list $name $namespaced (printf "%s.svc" $namespaced) (printf "%s.svc.%s" $namespaced .root.Values.clusterDomain) -}}
{{- join "," (concat $own .values.pathStyleHosts) -}}
{{- end -}}

{{/* Probes of a container: (dict "defaults" YAML "own" .values.probes), each of the own members instead of the default one. */}}
{{- define "tollgate.probes" -}}
{{- $probes := .defaults | fromYaml -}}
{{- range $kind, $own := .own }}
{{- $probe := printf "%sProbe" $kind -}}
{{- $probes = set $probes $probe (mergeOverwrite (get $probes $probe | default dict) $own) -}}
{{- end -}}
{{- toYaml $probes -}}
{{- end -}}
