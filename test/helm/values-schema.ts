/** A schema of JSON Schema 2020-12. */
export type Schema = Readonly<Record<string, unknown>>;

const text = (rules: Schema = {}): Schema => ({ type: "string", ...rules });
const whole = (minimum: number, maximum?: number): Schema => ({
  type: "integer",
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
});
const share: Schema = { type: "number", minimum: 0, maximum: 1 };
const flag: Schema = { type: "boolean" };
const oneOf = (...values: readonly string[]): Schema => ({ enum: values });
const listOf = (items: Schema): Schema => ({ type: "array", items });
/** Nothing but these members: a word that is misspelt would render in silence. */
const only = (properties: Schema, rules: Schema = {}): Schema => ({
  type: "object",
  additionalProperties: false,
  properties,
  ...rules,
});
const texts: Schema = { type: "object", additionalProperties: { type: "string" } };
const shared = (name: string): Schema => ({ $ref: `#/$defs/${name}` });

/** What the API server judges, and this chart passes on. */
const ofKubernetes: Schema = { type: "object" };
const named: Schema = { type: "object", required: ["name"], properties: { name: text({ minLength: 1 }) } };

const $defs: Schema = {
  object: ofKubernetes,
  objects: listOf(ofKubernetes),
  names: listOf(text()),
  texts,
  environment: listOf(
    only({ name: text({ minLength: 1 }), value: text(), valueFrom: ofKubernetes }, { required: ["name"] }),
  ),
  named: listOf(named),
  mounts: listOf({ ...named, required: ["name", "mountPath"] }),
  resources: only({ requests: ofKubernetes, limits: ofKubernetes, claims: listOf(ofKubernetes) }),
  budget: only({
    enabled: flag,
    maxUnavailable: { anyOf: [whole(1), text({ pattern: "^[0-9]{1,3}%$" })] },
  }),
  persistence: only({
    enabled: flag,
    size: text({ pattern: "^[0-9]+(Mi|Gi|Ti|M|G|T)$" }),
    storageClass: text(),
  }),
  issuer: only({ name: text(), kind: oneOf("Issuer", "ClusterIssuer"), group: text({ minLength: 1 }) }),
  probes: only({ startup: ofKubernetes, liveness: ofKubernetes, readiness: ofKubernetes }),
};

/** What the pods of every component have. */
const pod: Schema = {
  replicas: whole(1),
  resources: shared("resources"),
  podDisruptionBudget: shared("budget"),
  persistence: shared("persistence"),
  podAnnotations: shared("texts"),
  podLabels: shared("texts"),
  priorityClassName: text(),
  updateStrategy: shared("object"),
  nodeSelector: shared("texts"),
  tolerations: shared("objects"),
  affinity: shared("object"),
  topologySpreadConstraints: shared("objects"),
  hostAliases: shared("objects"),
  dnsPolicy: oneOf("", "ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"),
  dnsConfig: shared("object"),
  probes: shared("probes"),
  lifecycle: shared("object"),
  extraEnv: shared("environment"),
  extraEnvFrom: shared("objects"),
  extraVolumes: shared("named"),
  extraVolumeMounts: shared("mounts"),
  initContainers: shared("named"),
  sidecars: shared("named"),
};

const service: Schema = {
  type: oneOf("ClusterIP", "NodePort", "LoadBalancer"),
  annotations: shared("texts"),
};

const clientLimits = [
  "TOLLGATE_CONNECTIONS",
  "TOLLGATE_CONNECTIONS_PER_SOURCE",
  "TOLLGATE_CLIENT_TIMEOUT_MS",
  "TOLLGATE_CLIENT_READ_TIMEOUT_MS",
  "TOLLGATE_CLIENT_MIN_RATE",
  "TOLLGATE_REQUEST_TIMEOUT_MS",
  "TOLLGATE_IDLE_TIMEOUT_MS",
  "TOLLGATE_HELD_MB",
  "TOLLGATE_RESPONSE_BUFFER_KB",
  "TOLLGATE_UPSTREAM_CONNECTIONS",
  "TOLLGATE_SHED_DELAY_MS",
  "TOLLGATE_MEMORY_MB",
];

/** What a group of nodes may have of its own. */
const nodes: Schema = {
  ...pod,
  nodeLabels: shared("texts"),
  http: oneOf("serve", "redirect", "off"),
  https: only({
    enabled: flag,
    secretName: text(),
    names: shared("names"),
    certManager: only({ enabled: flag, issuerRef: shared("issuer") }),
  }),
  callers: shared("objects"),
  edge: only({
    port: whole(0, 65_535),
    origins: shared("names"),
    connections: whole(1, 64),
    callers: shared("objects"),
  }),
  ingress: only({
    enabled: flag,
    className: text(),
    annotations: shared("texts"),
    hosts: shared("names"),
    tls: shared("objects"),
  }),
  route: only({
    enabled: flag,
    kind: oneOf("HTTPRoute", "TLSRoute"),
    annotations: shared("texts"),
    parentRefs: shared("named"),
    hostnames: shared("names"),
  }),
  workers: whole(1, 256),
  cacheMb: whole(2, 65_536),
  clientLimits: only(Object.fromEntries(clientLimits.map((name) => [name, whole(0)]))),
  trustedProxies: text(),
  pathStyleHosts: shared("names"),
  logs: text(),
  spoolMb: whole(4, 16_777_216),
  spoolFsync: oneOf("never", "interval", "always"),
  autoscaling: only({
    enabled: flag,
    minReplicas: whole(1),
    maxReplicas: whole(1),
    targetCPUUtilizationPercentage: whole(1, 100),
    metricsFrom: oneOf("", "adapter", "keda"),
    prometheus: text(),
    targets: only({
      eventLoopBusyPercent: whole(0, 100),
      eventLoopDelayMs: whole(0),
      callsInFlight: whole(0),
      connections: whole(0),
    }),
    metrics: shared("objects"),
    behavior: shared("object"),
  }),
  drainDelayMs: whole(0, 3_600_000),
  drainTimeoutMs: whole(0, 3_600_000),
  traceSampleRatio: share,
  service: only({
    ...service,
    port: whole(1, 65_535),
    httpsPort: whole(1, 65_535),
    loadBalancerClass: text(),
    loadBalancerSourceRanges: shared("names"),
    externalTrafficPolicy: oneOf("", "Local", "Cluster"),
  }),
};

/** The types of all values, and no others. */
const root = only({
  // Helm adds it where this chart is a dependency of another one.
  global: ofKubernetes,
  nameOverride: text({ maxLength: 40 }),
  fullnameOverride: text({ maxLength: 40 }),
  commonLabels: shared("texts"),
  commonAnnotations: shared("texts"),
  clusterDomain: text({ minLength: 1 }),
  image: only({
    repository: text({ minLength: 1 }),
    tag: text(),
    digests: only({ "control-plane": text(), "data-plane": text(), metering: text(), cli: text() }),
    pullPolicy: oneOf("Always", "IfNotPresent", "Never"),
    pullSecrets: shared("named"),
  }),
  external: only({
    etcd: shared("names"),
    kafka: shared("names"),
    database: only({ url: text(), existingSecret: text(), existingSecretKey: text({ minLength: 1 }) }),
    redis: text(),
    redisSecret: text(),
    mail: only({ secret: text(), from: text() }),
    cacheKeySecret: text(),
    otlpEndpoint: text(),
    metrics: only({ url: text(), secret: text(), series: text() }),
  }),
  limits: only({ mode: oneOf("enforce", "shadow"), withoutRedis: oneOf("fair", "open", "closed") }),
  integrations: only({
    serviceEndpoints: shared("texts"),
    egress: text(),
    awsCredentialsSecret: text(),
    clientCertificates: shared("texts"),
  }),
  auth: only({
    token: text(),
    nodeToken: text(),
    secretsKey: text(),
    tokens: text(),
    existingSecret: text(),
  }),
  tls: only({
    secretName: text(),
    mutual: flag,
    certManager: only({
      enabled: flag,
      issuerRef: shared("issuer"),
      duration: text({ pattern: "^[0-9]+h$" }),
    }),
  }),
  networkPolicy: only({
    enabled: flag,
    operators: shared("objects"),
    monitoring: shared("objects"),
    egress: only({
      "control-plane": shared("objects"),
      "data-plane": shared("objects"),
      metering: shared("objects"),
    }),
  }),
  tests: only({ timeoutSeconds: whole(1, 3_600) }),
  monitoring: only({
    podMonitor: only({
      enabled: flag,
      interval: text({ pattern: "^[0-9]+(s|m)$" }),
      labels: shared("texts"),
    }),
    series: text(),
    adapterRules: only({ enabled: flag, labels: shared("texts") }),
    prometheusRule: only({ enabled: flag, labels: shared("texts"), without: shared("names") }),
    dashboard: only({ enabled: flag, labels: shared("texts"), annotations: shared("texts") }),
  }),
  audit: only({ retentionDays: whole(1, 3650), spoolMb: whole(1, 65_536) }),
  serviceAccount: only({ create: flag, name: text(), annotations: shared("texts") }),
  controller: only({
    enabled: flag,
    definition: flag,
    namespaces: shared("names"),
    accounts: { type: "object", additionalProperties: { ...listOf(text()), minItems: 1 } },
    secrets: flag,
    role: oneOf("deployer", "admin"),
  }),
  extraEnv: shared("environment"),
  extraEnvFrom: shared("objects"),
  extraVolumes: shared("named"),
  extraVolumeMounts: shared("mounts"),
  extraObjects: listOf({ type: ["object", "string"] }),
  logLevel: oneOf("debug", "info", "warn", "error"),
  region: text({ minLength: 1 }),
  controlPlane: only({
    ...pod,
    publicUrl: text(),
    httpTls: only({ secretName: text() }),
    certificates: shared("texts"),
    acme: only({
      directory: text(),
      email: text(),
      challenges: listOf(oneOf("http-01", "tls-alpn-01")),
      externalAccount: only({ keyId: text(), secret: text() }),
      dns: only({ server: text(), secret: text(), resolvers: listOf(text()) }),
    }),
    rollout: only({ mode: oneOf("at-once", "waves"), bakeSeconds: whole(0, 3600), errorRate: share }),
    nodeRetentionMinutes: whole(0, 10_080),
    service: only(service),
  }),
  dataPlane: only({
    ...nodes,
    groups: { type: "object", additionalProperties: { ...only(nodes), type: ["object", "null"] } },
  }),
  metering: only({ ...pod, logStoreMb: whole(1, 16_777_216), service: only(service) }),
});

type Members = Readonly<Record<string, Schema>>;

/** What Kubernetes has defaults for: a null takes this chart's away. */
const MAY_BE_MISSING = shared("resources").$ref;

/**
 * withoutNulls requires the members that have defaults. Helm removes what is set to null, and templates would fail where they use it, or render
 * something else in silence.
 */
function withoutNulls(schema: Schema, defaults: unknown): Schema {
  const { $ref } = schema;
  const { properties } = (typeof $ref === "string" ? $defs[$ref.replace("#/$defs/", "")] : schema) as {
    readonly properties?: Members;
  };
  const own = Object.entries((defaults ?? {}) as Schema);
  if (!properties || own.length === 0 || $ref === MAY_BE_MISSING) return schema;
  const required = own.map(([name]) => name);
  if ($ref) return { $ref, required };
  const members = Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [
      name,
      withoutNulls(member, (defaults as Schema)[name]),
    ]),
  );
  return { ...schema, properties: members, required };
}

/**
 * valuesSchemaOf is the chart's `values.schema.json`, given its `values.yaml`. What a pattern says badly is checked in `templates/checks.yaml`, in
 * sentences.
 */
export const valuesSchemaOf = (defaults: unknown): Schema => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  ...withoutNulls(root, defaults),
  $defs,
});
