{{/*
The Deployment of a component, or its StatefulSet if it has a volume of its own. Takes a scope and besides
  container: YAML of the members of its container: env, ports, probes
  mounts, volumes: YAML lists of those that only this component has, or ""
  metricsPort: where /metrics is
  graceSeconds: how long a stopping pod has
*/}}
{{- define "tollgate.workload" -}}
{{- $root := .root -}}
{{- $name := include "tollgate.component" . -}}
{{- with .values }}
apiVersion: apps/v1
kind: {{ ternary "StatefulSet" "Deployment" .persistence.enabled }}
metadata:
  name: {{ $name }}
  labels: {{- include "tollgate.labels" $ | nindent 4 }}
  {{- with $root.Values.commonAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  {{- if not (dig "autoscaling" "enabled" false .) }}
  replicas: {{ .replicas }}
  {{- end }}
  {{- if .persistence.enabled }}
  serviceName: {{ $name }}
  podManagementPolicy: Parallel
  {{- with .updateStrategy }}
  updateStrategy: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- else }}
  strategy: {{- .updateStrategy | default (dict "rollingUpdate" (dict "maxUnavailable" 0 "maxSurge" 1)) | toYaml | nindent 4 }}
  {{- end }}
  selector:
    matchLabels: {{- include "tollgate.selector" $ | nindent 6 }}
  template:
    metadata:
      labels:
        {{- include "tollgate.selector" $ | nindent 8 }}
        {{- with merge (dict) .podLabels $root.Values.commonLabels }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      annotations:
        {{- $scraped := dict "prometheus.io/scrape" "true" "prometheus.io/port" (toString $.metricsPort) "prometheus.io/path" "/metrics" }}
        {{- merge (dict) .podAnnotations $root.Values.commonAnnotations $scraped | toYaml | nindent 8 }}
    spec: {{- include "tollgate.pod" $ | nindent 6 }}
  {{- if .persistence.enabled }}
  # Volumes outlive the pods and the release: they may have usage that Kafka has not accepted yet.
  persistentVolumeClaimRetentionPolicy: { whenDeleted: Retain, whenScaled: Retain }
  volumeClaimTemplates:
    - metadata:
        name: home
      spec:
        accessModes: [ReadWriteOnce]
        {{- with .persistence.storageClass }}
        storageClassName: {{ . | quote }}
        {{- end }}
        resources:
          requests:
            storage: {{ .persistence.size }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* The pods of a component. Takes what the workload takes. */}}
{{- define "tollgate.pod" -}}
{{- $root := .root -}}
{{- with .values -}}
serviceAccountName: {{ include "tollgate.serviceAccountName" $root | quote }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ $.graceSeconds }}
{{- with .priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
securityContext: {{- include "tollgate.podSecurity" $root | nindent 2 }}
{{- with $root.Values.image.pullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .initContainers }}
initContainers: {{- toYaml . | nindent 2 }}
{{- end }}
containers:
  - name: {{ $.component }}
    image: {{ include "tollgate.image" $ }}
    imagePullPolicy: {{ $root.Values.image.pullPolicy }}
    securityContext: {{- include "tollgate.containerSecurity" $root | nindent 6 }}
    {{- with concat $root.Values.extraEnvFrom .extraEnvFrom }}
    envFrom: {{- toYaml . | nindent 6 }}
    {{- end }}
    {{- $.container | nindent 4 }}
    {{- with .lifecycle }}
    lifecycle: {{- toYaml . | nindent 6 }}
    {{- end }}
    resources: {{- toYaml .resources | nindent 6 }}
    volumeMounts:
      - { name: home, mountPath: /var/lib/tollgate }
      - { name: secrets, mountPath: /etc/tollgate/secrets, readOnly: true }
      {{- with concat $root.Values.extraVolumeMounts .extraVolumeMounts }}{{ toYaml . | nindent 6 }}{{ end }}
      {{- with include "tollgate.tlsMount" $ }}{{ . | nindent 6 }}{{ end }}
      {{- with $.mounts }}{{ . | nindent 6 }}{{ end }}
  {{- with .sidecars }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- $volumes := list }}
{{- if not .persistence.enabled }}{{ $volumes = append $volumes "- name: home\n  emptyDir: {}" }}{{ end }}
{{- $volumes = append $volumes (include "tollgate.secretFilesVolume" $) }}
{{- with concat $root.Values.extraVolumes .extraVolumes }}{{ $volumes = append $volumes (toYaml .) }}{{ end }}
{{- with include "tollgate.tlsVolume" $ }}{{ $volumes = append $volumes . }}{{ end }}
{{- with $.volumes }}{{ $volumes = append $volumes . }}{{ end }}
volumes:
  {{- join "\n" $volumes | nindent 2 }}
{{- with .nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
affinity: {{- .affinity | default (include "tollgate.apart" $ | fromYaml) | toYaml | nindent 2 }}
topologySpreadConstraints: {{- .topologySpreadConstraints | default (include "tollgate.spread" $ | fromYamlArray) | toYaml | nindent 2 }}
{{- with .hostAliases }}
hostAliases: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .dnsConfig }}
dnsConfig: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end -}}

{{/* Pods of a component keep apart from each other, if there is room. */}}
{{- define "tollgate.apart" -}}
podAntiAffinity:
  preferredDuringSchedulingIgnoredDuringExecution:
    - weight: 100
      podAffinityTerm:
        topologyKey: kubernetes.io/hostname
        labelSelector:
          matchLabels: {{- include "tollgate.selector" . | nindent 12 }}
{{- end -}}

{{/* They are spread over zones, if there are several. */}}
{{- define "tollgate.spread" -}}
- maxSkew: 1
  topologyKey: topology.kubernetes.io/zone
  whenUnsatisfiable: ScheduleAnyway
  labelSelector:
    matchLabels: {{- include "tollgate.selector" . | nindent 6 }}
{{- end -}}

{{- define "tollgate.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
# A volume with a full spool is not walked at each start.
fsGroupChangePolicy: OnRootMismatch
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "tollgate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
