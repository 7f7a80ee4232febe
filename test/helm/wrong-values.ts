/** A value that is refused, as `--set-json` takes it, and what is said: where, what is wrong, and what would be right. */
export interface WrongValue {
  readonly set: string;
  readonly says: RegExp;
}

/** Values that are refused by their type or name: by `values.schema.json`. */
export const wronglyTyped: readonly WrongValue[] = [
  { set: "extern={}", says: /additional properties 'extern' not allowed/ },
  { set: 'external.mysql="x"', says: /'\/external': additional properties 'mysql' not allowed/ },
  { set: 'external.etcd="http://e:2379"', says: /'\/external\/etcd': got string, want array/ },
  { set: "external.kafka=[9092]", says: /'\/external\/kafka\/0': got number, want string/ },
  { set: 'image.tags="1"', says: /'\/image': additional properties 'tags' not allowed/ },
  { set: 'image.pullPolicy="Sometimes"', says: /pullPolicy': value must be one of 'Always', 'IfNotPresent'/ },
  { set: 'image.pullSecrets=["pull"]', says: /pullSecrets\/0': got string, want object/ },
  { set: 'image.digests.gateway="sha256:0"', says: /digests': additional properties 'gateway' not allowed/ },
  { set: 'limits.mode="audit"', says: /mode': value must be one of 'enforce', 'shadow'/ },
  { set: 'limits.withoutRedis="deny"', says: /withoutRedis': value must be one of 'fair', 'open', 'closed'/ },
  { set: 'auth.password="x"', says: /'\/auth': additional properties 'password' not allowed/ },
  { set: 'tls.mutual="yes"', says: /mutual': got string, want boolean/ },
  { set: "audit.retentionDays=0", says: /retentionDays': minimum: got 0, want 1/ },
  { set: 'logLevel="verbose"', says: /logLevel': value must be one of 'debug', 'info', 'warn', 'error'/ },
  { set: "extraEnv=[{}]", says: /extraEnv\/0': missing property 'name'/ },
  { set: 'extraEnv=[{"name":"A","value":1}]', says: /extraEnv\/0\/value': got number, want string/ },
  { set: 'extraVolumeMounts=[{"name":"a"}]', says: /extraVolumeMounts\/0': missing property 'mountPath'/ },
  { set: "controlPlane.replicas=0", says: /controlPlane\/replicas': minimum: got 0, want 1/ },
  { set: "controlPlane.replica=2", says: /'\/controlPlane': additional properties 'replica' not allowed/ },
  { set: 'controlPlane.rollout.mode="canary"', says: /mode': value must be one of 'at-once', 'waves'/ },
  { set: "controlPlane.rollout.errorRate=5", says: /errorRate': maximum: got 5, want 1/ },
  { set: "controlPlane.resources.limit={}", says: /resources': additional properties 'limit' not allowed/ },
  { set: "controlPlane.workers=2", says: /'\/controlPlane': additional properties 'workers' not allowed/ },
  { set: "controlPlane.probes.ready={}", says: /probes': additional properties 'ready' not allowed/ },
  { set: 'dataPlane.workers="two"', says: /workers': got string, want integer/ },
  { set: "dataPlane.workers=0", says: /workers': minimum: got 0, want 1/ },
  { set: 'dataPlane.http="on"', says: /http': value must be one of 'serve', 'redirect', 'off'/ },
  { set: "dataPlane.https.cert={}", says: /https': additional properties 'cert' not allowed/ },
  {
    set: "dataPlane.clientLimits.TOLLGATE_CONNECTION=1",
    says: /clientLimits': additional properties 'TOLLGATE_CONNECTION'/,
  },
  { set: "dataPlane.clientLimits.TOLLGATE_HELD_MB=-1", says: /TOLLGATE_HELD_MB': minimum: got -1, want 0/ },
  { set: 'dataPlane.spoolFsync="sometimes"', says: /spoolFsync': value must be one of 'never', 'interval'/ },
  { set: "dataPlane.traceSampleRatio=5", says: /traceSampleRatio': maximum: got 5, want 1/ },
  { set: 'dataPlane.persistence.size="10 GB"', says: /size': '10 GB' does not match pattern/ },
  { set: "dataPlane.autoscaling.targetCPU=70", says: /autoscaling': additional properties 'targetCPU'/ },
  {
    set: 'dataPlane.autoscaling.metricsFrom="prometheus"',
    says: /metricsFrom': value must be one of '', 'adapter', 'keda'/,
  },
  { set: "dataPlane.autoscaling.targets.conns=5", says: /targets': additional properties 'conns'/ },
  { set: 'dataPlane.service.type="Internal"', says: /type': value must be one of 'ClusterIP', 'NodePort'/ },
  { set: "dataPlane.service.port=0", says: /port': minimum: got 0, want 1/ },
  {
    set: "dataPlane.groups.edge.worker=2",
    says: /groups\/edge': additional properties 'worker' not allowed/,
  },
  {
    set: "dataPlane.groups.edge.groups={}",
    says: /groups\/edge': additional properties 'groups' not allowed/,
  },
  { set: 'dataPlane.dnsPolicy="Cluster"', says: /dnsPolicy': value must be one of '', 'ClusterFirst'/ },
  {
    set: "dataPlane.podDisruptionBudget.maxUnavailable=0",
    says: /maxUnavailable': minimum: got 0, want 1/,
  },
  { set: "dataPlane=null", says: /missing property 'dataPlane'/ },
  { set: "metering.extraEnv=null", says: /'\/metering': missing property 'extraEnv'/ },
  { set: "dataPlane.persistence.size=null", says: /'\/dataPlane\/persistence': missing property 'size'/ },
  { set: "dataPlane.groups.edge.https=null", says: /groups\/edge\/https': got null, want object/ },
  { set: "metering.autoscaling.enabled=true", says: /'\/metering': additional properties 'autoscaling'/ },
  { set: 'controller.enabled="yes"', says: /controller\/enabled': got string, want boolean/ },
  { set: 'controller.role="root"', says: /role': value must be one of 'deployer', 'admin'/ },
  { set: 'controller.accounts.shop="1"', says: /accounts\/shop': got string, want array/ },
  { set: 'metering.logStoreMb="4Gi"', says: /logStoreMb': got string, want integer/ },
];

/** Values of the right type that cannot work: by `templates/checks.yaml`. */
export const unfit: readonly WrongValue[] = [
  {
    set: 'controller.namespaces=["*","Shop"]',
    says: /controller\.namespaces\[1\] is "Shop": it must be the name of a namespace, or \*\n- controller\.namespaces has \* and other names/,
  },
  {
    set: 'controller.enabled=true,controller.namespaces=["*"]',
    says: /controller\.accounts is empty, and controller\.namespaces is \*: .* say which namespaces have which accounts/,
  },
  {
    set: 'controller.accounts={"Shop":["111111111111"]}',
    says: /controller\.accounts has "Shop": it must be the name of a namespace, or \*/,
  },
  {
    set: 'controller.accounts={"shop":["1"]}',
    says: /controller\.accounts\.shop\[0\] is "1": it must be an account: twelve digits/,
  },
  {
    set: 'controller.enabled=true,serviceAccount={"create":false,"name":""}',
    says: /serviceAccount\.name is empty, and create is false: with controller\.enabled/,
  },
  { set: "external.etcd=[]", says: /external\.etcd is empty: set the URLs of etcd/ },
  {
    set: 'external.etcd=["etcd:2379"]',
    says: /external\.etcd\[0\] is "etcd:2379": it must be the URL of a member, such as/,
  },
  { set: "external.kafka=[]", says: /external\.kafka is empty: set the brokers/ },
  {
    set: 'external.kafka=["k:1","kafka"]',
    says: /external\.kafka\[1\] is "kafka": it must be a broker as host:port/,
  },
  { set: 'external.database.url=""', says: /external\.database is empty: set url, or existingSecret/ },
  { set: 'external.database.existingSecret="db"', says: /has a url and an existingSecret: set one of them/ },
  {
    set: 'external.database.url="mysql://u:geheim@d"',
    says: /external\.database\.url is not a URL such as postgres:(?!.*geheim)/s,
  },
  { set: 'external.redis="valkey:6379"', says: /external\.redis is not a URL such as redis:/ },
  { set: 'external.redisSecret="r"', says: /external\.redisSecret is the login of a server that is not set/ },
  { set: 'external.mail.secret="m"', says: /external\.mail has only one of secret and from/ },
  { set: 'external.mail.from="me@example.com"', says: /external\.mail has only one of secret and from/ },
  { set: 'external.mail.from="me"', says: /external\.mail\.from is "me": it must be an address such as/ },
  { set: 'external.cacheKeySecret="c"', says: /external\.cacheKeySecret seals .* set external\.redis/ },
  { set: 'external.otlpEndpoint="collector:4318"', says: /it must be the URL of an OTLP\/HTTP receiver/ },
  { set: 'external.metrics.url="http://u:p@prometheus"', says: /it must be a URL without credentials/ },
  { set: 'external.metrics.secret="mimir"', says: /a backend that is not set: set external\.metrics\.url/ },
  {
    set: 'integrations.serviceEndpoints.LAMBDA="http://f:9001"',
    says: /is "LAMBDA": it must be AWS_ENDPOINT_URL_\{SERVICE\}/,
  },
  {
    set: 'integrations.serviceEndpoints.AWS_ENDPOINT_URL_SQS="q"',
    says: /AWS_ENDPOINT_URL_SQS is "q": it must be a URL/,
  },
  { set: 'integrations.clientCertificates.A_1="s"', says: /it must be the id of a ClientCertificate/ },
  { set: 'controlPlane.certificates.shop_1="s"', says: /it must be the id of a Certificate/ },
  { set: 'controlPlane.certificates.shop-="s"', says: /it must be the id of a Certificate/ },
  { set: 'controlPlane.certificates.shop=""', says: /certificates\.shop is empty/ },
  { set: 'controlPlane.acme.directory="http://a"', says: /it must be the https URL of a directory/ },
  { set: 'controlPlane.acme.email="a@example.com"', says: /acme\.directory is empty/ },
  {
    set: 'controlPlane.acme={"directory":"https://a","externalAccount":{"keyId":"a"}}',
    says: /externalAccount needs keyId and secret together/,
  },
  { set: 'auth.token="short"', says: /auth\.token must have 16 characters or more/ },
  { set: 'auth.secretsKey="bm8="', says: /auth\.secretsKey has a key, number 1, that is not 32 bytes/ },
  {
    set: 'auth.tokens="viewer/a:0123456789abcdef,root:0123456789abcdef"',
    says: /auth\.tokens has an entry, number 2, .* a role of admin, deployer, viewer and node/,
  },
  {
    set: 'auth={"existingSecret":"s","token":"0123456789abcdef"}',
    says: /auth\.existingSecret is set, so that token/,
  },
  { set: 'image.digests.metering="sha256:12"', says: /digests\.metering .* it must be sha256: and 64/ },
  { set: 'region="US East"', says: /region is "US East": it must be a region, such as us-east-1/ },
  { set: 'controlPlane.publicUrl="apis.example.com"', says: /publicUrl .* it must be an http or https URL/ },
  {
    set: 'extraEnv=[{"name":"TOLLGATE_HOME","value":"/data"}]',
    says: /extraEnv\[0\]\.name is TOLLGATE_HOME, which belongs to the volume/,
  },
  {
    set: 'dataPlane.extraEnv=[{"name":"TOLLGATE_WORKERS","value":"8"}]',
    says: /dataPlane\.extraEnv\[0\]\.name is TOLLGATE_WORKERS, which belongs to dataPlane\.workers/,
  },
  {
    set: 'extraVolumeMounts=[{"name":"a","mountPath":"/etc/tollgate/tls"}]',
    says: /mountPath is "\/etc\/tollgate\/tls": it must be an absolute path that is not/,
  },
  {
    set: 'controlPlane={"persistence":{"enabled":true},"updateStrategy":{"rollingUpdate":{"maxSurge":1}}}',
    says: /maxSurge is not a member of a StatefulSet's strategy/,
  },
  {
    set: 'dataPlane={"http":"off","https":{"enabled":false}}',
    says: /dataPlane\.http is off, and https\.enabled is false: nothing would listen/,
  },
  {
    set: 'dataPlane={"http":"redirect","https":{"enabled":false}}',
    says: /dataPlane\.http is redirect, .* nothing to redirect to/,
  },
  {
    set: 'dataPlane={"https":{"enabled":false,"secretName":"s"}}',
    says: /https\.secretName is set, and https\.enabled is false/,
  },
  { set: "dataPlane.service.httpsPort=80", says: /httpsPort is 80, as service\.port is: they must differ/ },
  {
    set: "dataPlane.autoscaling.minReplicas=30",
    says: /minReplicas is 30, more than maxReplicas, which is 20/,
  },
  {
    set: 'dataPlane.autoscaling={"metricsFrom":"keda"}',
    says: /autoscaling\.prometheus is "": it must be the URL of the Prometheus that KEDA asks/,
  },
  {
    set: 'dataPlane.autoscaling.prometheus="http://prometheus:9090"',
    says: /autoscaling\.prometheus is asked by KEDA alone: set autoscaling\.metricsFrom to keda/,
  },
  {
    set: 'dataPlane.autoscaling={"metricsFrom":"keda","prometheus":"http://p:9090","metrics":[{"type":"Resource"}]}',
    says: /autoscaling\.metrics are of a HorizontalPodAutoscaler, and metricsFrom is keda/,
  },
  { set: "dataPlane.resources.requests=null", says: /resources\.requests\.cpu is not set: autoscaling/ },
  {
    set: 'dataPlane.persistence={"enabled":true,"size":"4Gi"}',
    says: /persistence\.size is 4Gi, and spoolMb is 4096: the volume must be larger/,
  },
  {
    set: 'metering.persistence={"enabled":true,"size":"1Gi"}',
    says: /metering\.persistence\.size is 1Gi, and logStoreMb is 4096: the volume must be larger/,
  },
  {
    set: 'controlPlane.persistence={"enabled":true,"size":"64M"}',
    says: /controlPlane\.persistence\.size is 64M, and audit\.spoolMb is 64: the volume must be larger/,
  },
  {
    set: 'dataPlane.trustedProxies="nginx"',
    says: /trustedProxies is "nginx": it must be a list of networks/,
  },
  { set: 'dataPlane.pathStyleHosts=["a:80"]', says: /pathStyleHosts\[0\] is "a:80": .* without a port/ },
  { set: 'dataPlane.https.names=["a b"]', says: /https\.names\[0\] is "a b": it must be a host name/ },
  { set: 'dataPlane.logs="stdout,kafka"', says: /logs is "stdout,kafka": it must be some of store, stdout/ },
  { set: 'dataPlane.nodeLabels.zone="a,b"', says: /nodeLabels\.zone is "a,b": it must be a value without/ },
  {
    set: 'dataPlane.service.loadBalancerSourceRanges=["10.0.0.0/8"]',
    says: /is for a service of type LoadBalancer, and it is ClusterIP/,
  },
  {
    set: 'dataPlane.service.externalTrafficPolicy="Local"',
    says: /externalTrafficPolicy is for a service of type LoadBalancer or NodePort/,
  },
  {
    set: 'tls={"secretName":"s","certManager":{"enabled":true}}',
    says: /tls\.certManager is enabled, and tls\.secretName is set/,
  },
  {
    set: 'dataPlane.https={"certManager":{"enabled":true,"issuerRef":{"name":"a"}}}',
    says: /dataPlane\.https\.names is empty: cert-manager needs the names/,
  },
  {
    set: 'dataPlane.https={"names":["a.b"],"certManager":{"enabled":true}}',
    says: /issuerRef\.name is empty: name the Issuer/,
  },
  { set: "dataPlane.ingress.enabled=true", says: /ingress\.hosts is empty: name the hosts/ },
  {
    set: 'dataPlane={"http":"redirect","ingress":{"enabled":true,"hosts":["a.b"]}}',
    says: /dataPlane\.http is redirect, .* would be redirected for ever/,
  },
  { set: "dataPlane.route.enabled=true", says: /route\.parentRefs is empty: name the Gateway/ },
  {
    set: 'dataPlane={"http":"redirect","route":{"enabled":true,"parentRefs":[{"name":"g"}]}}',
    says: /route\.kind is HTTPRoute, and http is redirect/,
  },
  {
    set: 'dataPlane.podLabels={"app.kubernetes.io/name":"x"}',
    says: /dataPlane\.podLabels has app\.kubernetes\.io\/name, by which the chart finds its pods/,
  },
  {
    set: 'commonLabels={"tollgate.io/group":"x"}',
    says: /commonLabels has tollgate\.io\/group, by which the chart finds its pods/,
  },
  { set: 'fullnameOverride="1st"', says: /makes the name "1st-metering": .* a letter first/ },
  { set: "dataPlane.groups.Edge={}", says: /dataPlane\.groups\.Edge is not a name of a group/ },
  {
    set: 'dataPlane.edge.origins=["nodes"]',
    says: /dataPlane\.edge\.origins\[0\] is "nodes": it must be host:port/,
  },
  { set: "dataPlane.edge.port=7072", says: /dataPlane\.edge is set without tls/ },
  {
    set: 'dataPlane.edge={"port":7072,"origins":["a:7072"]}',
    says: /dataPlane\.edge\.port is set, and edge\.origins is, too/,
  },
  {
    set: 'dataPlane.groups.edge.logs="syslog"',
    says: /dataPlane\.groups\.edge\.logs is "syslog"/,
  },
];
