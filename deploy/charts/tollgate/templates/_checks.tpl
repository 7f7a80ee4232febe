{{/*
Checks of values that a schema says badly: each is a sentence with the path of the value, what it is and what would be right. All are reported together.
A check adds to the list of (dict "problems" list).
*/}}

{{- define "tollgate.problem" -}}
{{- $_ := set .all "problems" (append .all.problems (printf "%s %s" .path .message)) -}}
{{- end -}}

{{/* Takes all, path, value, pattern, and `right`: what it must be. */}}
{{- define "tollgate.match" -}}
{{- if not (regexMatch .pattern .value) -}}
{{- include "tollgate.problem" (dict "all" .all "path" .path "message" (printf "is %q: it must be %s" .value .right)) -}}
{{- end -}}
{{- end -}}

{{- define "tollgate.checkExternal" -}}
{{- $all := . -}}
{{- with .values.external -}}
{{- if not .etcd -}}
{{- include "tollgate.problem" (dict "all" $all "path" "external.etcd" "message" "is empty: set the URLs of etcd, such as --set external.etcd={http://etcd:2379}") -}}
{{- end -}}
{{- range $i, $url := .etcd -}}
{{- include "tollgate.match" (dict "all" $all "path" (printf "external.etcd[%d]" $i) "value" $url "pattern" "^https?://[^\\s/?#]+$" "right" "the URL of a member, such as http://etcd-0.etcd:2379") -}}
{{- end -}}
{{- if not .kafka -}}
{{- include "tollgate.problem" (dict "all" $all "path" "external.kafka" "message" "is empty: set the brokers, such as --set external.kafka={kafka:9092}") -}}
{{- end -}}
{{- range $i, $broker := .kafka -}}
{{- include "tollgate.match" (dict "all" $all "path" (printf "external.kafka[%d]" $i) "value" $broker "pattern" "^[^\\s:/,]+:[0-9]{1,5}$" "right" "a broker as host:port, such as kafka-0.kafka:9092") -}}
{{- end -}}
{{- if not (or .database.url .database.existingSecret) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "external.database" "message" "is empty: set url, or existingSecret with the PostgreSQL URL") -}}
{{- end -}}
{{- if and .database.url .database.existingSecret -}}
{{- include "tollgate.problem" (dict "all" $all "path" "external.database" "message" "has a url and an existingSecret: set one of them") -}}
{{- end -}}
{{- /* The URL has a password: it is not shown. */ -}}
{{- if not (regexMatch "^(postgres(ql)?://\\S+)?$" .database.url) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "external.database.url" "message" "is not a URL such as postgres://tollgate:PASSWORD@postgres/tollgate") -}}
{{- end -}}
{{- if not (regexMatch "^(rediss?([+](cluster|sentinel))?://\\S+)?$" .redis) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "external.redis" "message" "is not a URL such as redis://valkey:6379, rediss+cluster://a:6379,b:6379 or redis+sentinel://a:26379,b:26379/mymaster") -}}
{{- end -}}
{{- if and .redisSecret (not .redis) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "external.redisSecret" "message" "is the login of a server that is not set: set external.redis") -}}
{{- end -}}
{{- if ne (empty .mail.secret) (empty .mail.from) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "external.mail" "message" "has only one of secret and from: e-mails need a server, and an address that they are from") -}}
{{- end -}}
{{- include "tollgate.match" (dict "all" $all "path" "external.mail.from" "value" .mail.from "pattern" "^([^@\\s<>]+@[^@\\s<>]+)?$" "right" "an address such as tollgate@example.com") -}}
{{- if and .cacheKeySecret (not .redis) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "external.cacheKeySecret" "message" "seals what nodes share by a Redis that is not set: set external.redis") -}}
{{- end -}}
{{- include "tollgate.match" (dict "all" $all "path" "external.otlpEndpoint" "value" .otlpEndpoint "pattern" "^(https?://\\S+)?$" "right" "the URL of an OTLP/HTTP receiver, such as http://collector:4318") -}}
{{- include "tollgate.match" (dict "all" $all "path" "external.metrics.url" "value" .metrics.url "pattern" "^(https?://[^\\s@?#]+)?$" "right" "a URL without credentials, such as http://prometheus:9090") -}}
{{- if and (or .metrics.secret .metrics.series) (not .metrics.url) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "external.metrics" "message" "has a secret or series of a backend that is not set: set external.metrics.url") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "tollgate.checkAccess" -}}
{{- $all := . -}}
{{- if and .values.tls.certManager.enabled .values.tls.secretName -}}
{{- include "tollgate.problem" (dict "all" $all "path" "tls.certManager" "message" "is enabled, and tls.secretName is set: choose one of them") -}}
{{- end -}}
{{- with .values.auth -}}
{{- if and .existingSecret (or .token .nodeToken .tokens .secretsKey) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "auth.existingSecret" "message" "is set, so that token, nodeToken, tokens and secretsKey would not be used: set them in that Secret, or leave it out") -}}
{{- end -}}
{{- /* What is wrong with a secret is said without the secret. */ -}}
{{- range $name := list "token" "nodeToken" -}}
{{- if not (regexMatch "^([^\\s,]{16,})?$" (get $all.values.auth $name)) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "auth.%s" $name) "message" "must have 16 characters or more, without white space and commas") -}}
{{- end -}}
{{- end -}}
{{- range $i, $key := splitList "," .secretsKey -}}
{{- if and $.values.auth.secretsKey (not (regexMatch "^[A-Za-z0-9+/]{43}=$" (trim $key))) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "auth.secretsKey" "message" (printf "has a key, number %d, that is not 32 bytes in base64: openssl rand -base64 32" (add1 $i))) -}}
{{- end -}}
{{- end -}}
{{- range $i, $entry := splitList "," .tokens -}}
{{- if and $.values.auth.tokens (not (regexMatch "^\\s*(admin|deployer|viewer|node)(/[\\w.@-]{1,64})?:\\S{16,}\\s*$" $entry)) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "auth.tokens" "message" (printf "has an entry, number %d, that is not {role}/{name}:{token} with a role of admin, deployer, viewer and node and a token of 16 characters or more" (add1 $i))) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "tollgate.checkIntegrations" -}}
{{- $all := . -}}
{{- range $name, $url := .values.integrations.serviceEndpoints -}}
{{- include "tollgate.match" (dict "all" $all "path" "integrations.serviceEndpoints" "value" $name "pattern" "^AWS_ENDPOINT_URL(_[A-Z0-9_]+)?$" "right" "AWS_ENDPOINT_URL_{SERVICE}, such as AWS_ENDPOINT_URL_LAMBDA") -}}
{{- include "tollgate.match" (dict "all" $all "path" (printf "integrations.serviceEndpoints.%s" $name) "value" $url "pattern" "^https?://\\S+$" "right" "a URL, such as http://functions:9001") -}}
{{- end -}}
{{- range $id, $secret := .values.integrations.clientCertificates -}}
{{- include "tollgate.match" (dict "all" $all "path" "integrations.clientCertificates" "value" $id "pattern" "^[a-z0-9]{1,10}$" "right" "the id of a ClientCertificate: 1 to 10 lower-case letters and digits") -}}
{{- if not $secret -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "integrations.clientCertificates.%s" $id) "message" "is empty: it must be the name of a Secret with tls.crt and tls.key") -}}
{{- end -}}
{{- end -}}
{{- range $id, $secret := .values.controlPlane.certificates -}}
{{- include "tollgate.match" (dict "all" $all "path" "controlPlane.certificates" "value" $id "pattern" "^[a-z0-9]([a-z0-9-]{0,48}[a-z0-9])?$" "right" "the id of a Certificate: 1 to 50 lower-case letters, digits and -, which is not its end") -}}
{{- if not $secret -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "controlPlane.certificates.%s" $id) "message" "is empty: it must be the name of a Secret with tls.crt and tls.key") -}}
{{- end -}}
{{- end -}}
{{- with .values.controlPlane.acme -}}
{{- if .directory -}}
{{- include "tollgate.match" (dict "all" $all "path" "controlPlane.acme.directory" "value" .directory "pattern" "^https://\\S+$" "right" "the https URL of a directory, such as https://acme-v02.api.letsencrypt.org/directory") -}}
{{- else if or .email .challenges .externalAccount.keyId .externalAccount.secret -}}
{{- include "tollgate.problem" (dict "all" $all "path" "controlPlane.acme.directory" "message" "is empty: the other values of controlPlane.acme are for the authority that it names") -}}
{{- end -}}
{{- if ne (empty .externalAccount.keyId) (empty .externalAccount.secret) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "controlPlane.acme.externalAccount" "message" "needs keyId and secret together") -}}
{{- end -}}
{{- end -}}
{{- range $component, $digest := .values.image.digests -}}
{{- include "tollgate.match" (dict "all" $all "path" (printf "image.digests.%s" $component) "value" $digest "pattern" "^sha256:[0-9a-f]{64}$" "right" "sha256: and 64 hexadecimal digits") -}}
{{- end -}}
{{- include "tollgate.match" (dict "all" $all "path" "region" "value" .values.region "pattern" "^[a-z0-9]+(-[a-z0-9]+)*$" "right" "a region, such as us-east-1") -}}
{{- include "tollgate.match" (dict "all" $all "path" "controlPlane.publicUrl" "value" .values.controlPlane.publicUrl "pattern" "^(https?://[^\\s?#]+)?$" "right" "an http or https URL, such as https://{api}.execute-api.us-east-1.example.com") -}}
{{- end -}}

{{- define "tollgate.checkController" -}}
{{- $all := . -}}
{{- $namespace := "^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$" -}}
{{- with .values.controller -}}
{{- range $i, $name := .namespaces -}}
{{- if and (ne $name "*") (not (regexMatch $namespace $name)) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "controller.namespaces[%d]" $i) "message" (printf "is %q: it must be the name of a namespace, or *" $name)) -}}
{{- end -}}
{{- end -}}
{{- if and (has "*" .namespaces) (gt (len .namespaces) 1) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "controller.namespaces" "message" "has * and other names: * is all namespaces, so leave the others out") -}}
{{- end -}}
{{- if and .enabled (has "*" .namespaces) (not .accounts) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "controller.accounts" "message" "is empty, and controller.namespaces is *: whoever may write a ConfigMap in any namespace could change the account 000000000000; say which namespaces have which accounts, such as shop: [\"111111111111\"], or \"*\": [\"000000000000\"]") -}}
{{- end -}}
{{- range $name, $accounts := .accounts -}}
{{- if and (ne $name "*") (not (regexMatch $namespace $name)) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "controller.accounts" "message" (printf "has %q: it must be the name of a namespace, or *" $name)) -}}
{{- end -}}
{{- range $i, $account := $accounts -}}
{{- include "tollgate.match" (dict "all" $all "path" (printf "controller.accounts.%s[%d]" $name $i) "value" $account "pattern" "^[0-9]{12}$" "right" "an account: twelve digits in quotation marks") -}}
{{- end -}}
{{- end -}}
{{- if and .enabled (not $all.values.serviceAccount.create) (not $all.values.serviceAccount.name) -}}
{{- include "tollgate.problem" (dict "all" $all "path" "serviceAccount.name" "message" "is empty, and create is false: with controller.enabled, every pod of the namespace that uses the account `default` would get its rights; name another one") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* What pods of any component have in common. Takes all, path, and own: the values of the component. */}}
{{- define "tollgate.checkPods" -}}
{{- $all := .all -}}
{{- $path := .path -}}
{{- with .own -}}
{{- range $i, $variable := .extraEnv -}}
{{- include "tollgate.checkVariable" (dict "all" $all "path" (printf "%s.extraEnv[%d].name" $path $i) "name" $variable.name) -}}
{{- end -}}
{{- range $i, $mount := .extraVolumeMounts -}}
{{- include "tollgate.checkMount" (dict "all" $all "path" (printf "%s.extraVolumeMounts[%d].mountPath" $path $i) "mount" $mount.mountPath) -}}
{{- end -}}
{{- include "tollgate.checkLabels" (dict "all" $all "path" (printf "%s.podLabels" $path) "labels" .podLabels) -}}
{{- $rolling := dig "rollingUpdate" (dict) .updateStrategy -}}
{{- if and .persistence.enabled (hasKey $rolling "maxSurge") -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.updateStrategy.rollingUpdate.maxSurge" $path) "message" "is not a member of a StatefulSet's strategy, and pods with persistence are one: leave it out") -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Labels by which services, budgets and policies find pods: with other values, they would not. Takes all, path, labels. */}}
{{- define "tollgate.checkLabels" -}}
{{- range $name := list "app.kubernetes.io/name" "app.kubernetes.io/instance" "app.kubernetes.io/component" "tollgate.io/group" -}}
{{- if hasKey ($.labels | default dict) $name -}}
{{- include "tollgate.problem" (dict "all" $.all "path" $.path "message" (printf "has %s, by which the chart finds its pods: choose another label" $name)) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/*
The name of a component is that of a service, which is a label of the DNS (RFC 1035). Pods of a StatefulSet have it as a label with 11 more characters.
Takes all, path: of the values that make it, name, most.
*/}}
{{- define "tollgate.checkName" -}}
{{- if or (gt (len .name) .most) (not (regexMatch "^[a-z]([-a-z0-9]*[a-z0-9])?$" .name)) -}}
{{- include "tollgate.problem" (dict "all" .all "path" .path "message" (printf "makes the name %q: it must be lower-case letters, digits and hyphens, %d at most, a letter first; set a fullnameOverride that is shorter or fits" .name .most)) -}}
{{- end -}}
{{- end -}}

{{/* What templates set by other values: a second one would win in silence. */}}
{{- define "tollgate.checkVariable" -}}
{{- $owners := dict "TOLLGATE_HOME" "the volume `home`" "TOLLGATE_BIND" "probes and services" "TOLLGATE_GRPC_PORT" "services" "TOLLGATE_CONTROL_PORT" "services" "TOLLGATE_METERING_PORT" "services" "TOLLGATE_METERING_METRICS_PORT" "probes" "TOLLGATE_HTTP_PORT" "services" "TOLLGATE_HTTPS_PORT" "services" "TOLLGATE_ADMIN_PORT" "probes" "TOLLGATE_ADMIN_BIND" "probes" "TOLLGATE_PEER_PORT" "nodes" "TOLLGATE_NODE_ID" "the name of the pod" "TOLLGATE_ETCD" "external.etcd" "TOLLGATE_KAFKA" "external.kafka" "TOLLGATE_REDIS" "external.redis" "TOLLGATE_KUBERNETES" "controller.enabled" "TOLLGATE_KUBERNETES_LEASE" "controller" "TOLLGATE_KUBERNETES_NAMESPACES" "controller.namespaces" "TOLLGATE_KUBERNETES_SECRETS" "controller.secrets" "TOLLGATE_KUBERNETES_ROLE" "controller.role" "TOLLGATE_KUBERNETES_ACCOUNTS" "controller.accounts" "TOLLGATE_AUTH" "the chart" "TOLLGATE_TOKEN" "auth" "TOLLGATE_TOKENS" "auth" "TOLLGATE_SECRETS_KEY" "auth.secretsKey" "TOLLGATE_TLS_CERT" "tls.secretName" "TOLLGATE_TLS_KEY" "tls.secretName" "TOLLGATE_TLS_CA" "tls.mutual" "TOLLGATE_WORKERS" "dataPlane.workers" "TOLLGATE_DRAIN_DELAY_MS" "dataPlane.drainDelayMs, which the grace period follows" "TOLLGATE_DRAIN_TIMEOUT_MS" "dataPlane.drainTimeoutMs, which the grace period follows" -}}
{{- with get $owners .name -}}
{{- include "tollgate.problem" (dict "all" $.all "path" $.path "message" (printf "is %s, which belongs to %s: set it there, not here" $.name .)) -}}
{{- end -}}
{{- end -}}

{{- define "tollgate.checkMount" -}}
{{- if or (eq .mount "/var/lib/tollgate") (hasPrefix "/etc/tollgate/" .mount) (not (hasPrefix "/" .mount)) -}}
{{- include "tollgate.problem" (dict "all" .all "path" .path "message" (printf "is %q: it must be an absolute path that is not /var/lib/tollgate and not below /etc/tollgate, which are the chart's" .mount)) -}}
{{- end -}}
{{- end -}}

{{/* A group of nodes. Takes all, path, own. */}}
{{- define "tollgate.checkNodes" -}}
{{- $all := .all -}}
{{- $path := .path -}}
{{- include "tollgate.checkPods" . -}}
{{- with .own -}}
{{- if and (eq .http "off") (not .https.enabled) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.http" $path) "message" "is off, and https.enabled is false: nothing would listen") -}}
{{- end -}}
{{- if and (eq .http "redirect") (not .https.enabled) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.http" $path) "message" "is redirect, and https.enabled is false: there is nothing to redirect to") -}}
{{- end -}}
{{- if and .https.secretName (not .https.enabled) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.https.secretName" $path) "message" "is set, and https.enabled is false: set it to true, or leave the secret out") -}}
{{- end -}}
{{- if and .https.certManager.enabled .https.secretName -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.https.certManager" $path) "message" "is enabled, and https.secretName is set: choose one of them") -}}
{{- end -}}
{{- if and .https.certManager.enabled (not .https.names) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.https.names" $path) "message" "is empty: cert-manager needs the names of the certificate, such as *.execute-api.example.com") -}}
{{- end -}}
{{- if and .https.certManager.enabled (not .https.certManager.issuerRef.name) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.https.certManager.issuerRef.name" $path) "message" "is empty: name the Issuer whose certificates callers trust") -}}
{{- end -}}
{{- if and .ingress.enabled (not .ingress.hosts) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.ingress.hosts" $path) "message" "is empty: name the hosts of the Ingress, such as *.execute-api.example.com") -}}
{{- end -}}
{{- if and .ingress.enabled (eq .http "redirect") -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.http" $path) "message" "is redirect, and ingress.enabled is true: the Ingress ends TLS, and its calls would be redirected for ever; set serve, and let the Ingress redirect") -}}
{{- end -}}
{{- if and .route.enabled (not .route.parentRefs) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.route.parentRefs" $path) "message" "is empty: name the Gateway, such as [{ name: public, namespace: gateways }]") -}}
{{- end -}}
{{- if and .route.enabled (eq .route.kind "TLSRoute") (not .https.enabled) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.route.kind" $path) "message" "is TLSRoute, and https.enabled is false: nodes would not speak TLS") -}}
{{- end -}}
{{- if and .route.enabled (eq .route.kind "HTTPRoute") (ne .http "serve") -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.route.kind" $path) "message" (printf "is HTTPRoute, and http is %s: calls without TLS would not be served" .http)) -}}
{{- end -}}
{{- if and .edge.port .edge.origins -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.edge.port" $path) "message" "is set, and edge.origins is, too: edge nodes relay to nodes of the region, and not to other edge nodes") -}}
{{- end -}}
{{- if and (or .edge.port .edge.origins) (not (or $all.values.tls.secretName $all.values.tls.certManager.enabled)) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.edge" $path) "message" "is set without tls: edge nodes and their origins show each other certificates; set tls.secretName, or tls.certManager.enabled") -}}
{{- end -}}
{{- range $i, $origin := .edge.origins -}}
{{- include "tollgate.match" (dict "all" $all "path" (printf "%s.edge.origins[%d]" $path $i) "value" $origin "pattern" "^[^\\s:/,]+:[0-9]{1,5}$" "right" "host:port of the edge port of nodes, such as release-tollgate-data-plane-public:7072") -}}
{{- end -}}
{{- if and .https.enabled (ne .http "off") (eq (int .service.port) (int .service.httpsPort)) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.service.httpsPort" $path) "message" (printf "is %d, as service.port is: they must differ" (int .service.port))) -}}
{{- end -}}
{{- if and .autoscaling.enabled (gt (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas)) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.autoscaling.minReplicas" $path) "message" (printf "is %d, more than maxReplicas, which is %d" (int .autoscaling.minReplicas) (int .autoscaling.maxReplicas))) -}}
{{- end -}}
{{- if and .autoscaling.enabled (eq .autoscaling.metricsFrom "keda") -}}
{{- include "tollgate.match" (dict "all" $all "path" (printf "%s.autoscaling.prometheus" $path) "value" .autoscaling.prometheus "pattern" "^https?://[^\\s@?#]+$" "right" "the URL of the Prometheus that KEDA asks, such as http://prometheus.monitoring:9090") -}}
{{- if .autoscaling.metrics -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.autoscaling.metrics" $path) "message" "are of a HorizontalPodAutoscaler, and metricsFrom is keda, which makes its own: set targets, or leave metricsFrom empty") -}}
{{- end -}}
{{- else if .autoscaling.prometheus -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.autoscaling.prometheus" $path) "message" "is asked by KEDA alone: set autoscaling.metricsFrom to keda") -}}
{{- end -}}
{{- if and .autoscaling.enabled (not (dig "requests" "cpu" "" .resources)) -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.resources.requests.cpu" $path) "message" "is not set: autoscaling measures the cpu of pods by it") -}}
{{- end -}}
{{- include "tollgate.checkVolume" (dict "all" $all "path" $path "own" . "setting" "spoolMb" "mb" .spoolMb) -}}
{{- include "tollgate.match" (dict "all" $all "path" (printf "%s.trustedProxies" $path) "value" .trustedProxies "pattern" "^([0-9]{1,2}|[0-9a-fA-F:.]+(/[0-9]{1,3})?(\\s*,\\s*[0-9a-fA-F:.]+(/[0-9]{1,3})?)*)?$" "right" "a list of networks, such as 10.0.0.0/8, 2001:db8::/32, or a number of proxies from 0 to 99") -}}
{{- range $i, $host := .pathStyleHosts -}}
{{- include "tollgate.match" (dict "all" $all "path" (printf "%s.pathStyleHosts[%d]" $path $i) "value" $host "pattern" "^(\\*|(\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*)$" "right" "a host name without a port, *.name, or * for all") -}}
{{- end -}}
{{- range $i, $host := .https.names -}}
{{- include "tollgate.match" (dict "all" $all "path" (printf "%s.https.names[%d]" $path $i) "value" $host "pattern" "^(\\*\\.)?[A-Za-z0-9_-]+(\\.[A-Za-z0-9_-]+)*$" "right" "a host name, or *.name") -}}
{{- end -}}
{{- include "tollgate.match" (dict "all" $all "path" (printf "%s.logs" $path) "value" .logs "pattern" "^(off|(store|stdout|file)(,(store|stdout|file))*)$" "right" "some of store, stdout and file, separated by commas, or off") -}}
{{- range $name, $value := .nodeLabels -}}
{{- include "tollgate.match" (dict "all" $all "path" (printf "%s.nodeLabels.%s" $path $name) "value" $value "pattern" "^[^,=]*$" "right" "a value without commas and equals signs") -}}
{{- end -}}
{{- if ne .service.type "LoadBalancer" -}}
{{- range $name := list "loadBalancerClass" "loadBalancerSourceRanges" -}}
{{- if get $.own.service $name -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.service.%s" $path $name) "message" (printf "is for a service of type LoadBalancer, and it is %s" $.own.service.type)) -}}
{{- end -}}
{{- end -}}
{{- if and .service.externalTrafficPolicy (eq .service.type "ClusterIP") -}}
{{- include "tollgate.problem" (dict "all" $all "path" (printf "%s.service.externalTrafficPolicy" $path) "message" "is for a service of type LoadBalancer or NodePort, and it is ClusterIP") -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A volume is larger than what may be on it. Takes all, path, own, and the setting with its value in MB. */}}
{{- define "tollgate.checkVolume" -}}
{{- with .own.persistence -}}
{{- if and .enabled (le (include "tollgate.megabytes" .size | int) (int $.mb)) -}}
{{- include "tollgate.problem" (dict "all" $.all "path" (printf "%s.persistence.size" $.path) "message" (printf "is %s, and %s is %d: the volume must be larger than what may be on it" .size $.setting (int $.mb))) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* A quantity of bytes, rounded down to MB. */}}
{{- define "tollgate.megabytes" -}}
{{- $number := regexFind "^[0-9]+" . | int64 -}}
{{- $unit := regexFind "[A-Z].*$" . -}}
{{- mul $number (get (dict "M" 1 "Mi" 1 "G" 1000 "Gi" 1024 "T" 1000000 "Ti" 1048576) $unit) -}}
{{- end -}}
