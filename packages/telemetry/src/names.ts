/** Names of span attributes: OpenTelemetry's HTTP conventions, and X-Ray's api_gateway block under aws.*. */
export const attributeNames = {
  accountId: "aws.api_gateway.account_id",
  apiId: "aws.api_gateway.rest_api_id",
  stage: "aws.api_gateway.stage",
  requestId: "aws.api_gateway.request_id",
  integrationType: "aws.api_gateway.integration_type",
  httpMethod: "http.request.method",
  httpRoute: "http.route",
  httpStatus: "http.response.status_code",
  urlPath: "url.path",
  clientAddress: "client.address",
  serverAddress: "server.address",
} as const;

/** Names of metrics: those of CloudWatch's namespace AWS/ApiGateway for what callers see, tollgate.* for the gateway itself. */
export const metricNames = {
  count: "Count",
  clientError: "4XXError",
  serverError: "5XXError",
  latency: "Latency",
  integrationLatency: "IntegrationLatency",
  cacheHit: "CacheHitCount",
  cacheMiss: "CacheMissCount",
  configRevision: "tollgate.config.revision",
  configAge: "tollgate.config.age",
  configNacks: "tollgate.config.nacks",
  configUnsaved: "tollgate.config.unsaved",
  workers: "tollgate.workers",
  workerRestarts: "tollgate.worker.restarts",
  unroutedCalls: "tollgate.calls.unrouted",
  spoolBacklog: "tollgate.usage.spool.backlog",
  spoolSize: "tollgate.usage.spool.size",
  spoolLimit: "tollgate.usage.spool.limit",
  usageShipped: "tollgate.usage.shipped",
  usageSendFailures: "tollgate.usage.send_failures",
  usageLost: "tollgate.usage.lost",
  redisConnected: "tollgate.redis.connected",
  redisCommands: "tollgate.redis.commands",
  redisFailures: "tollgate.redis.failures",
} as const;

export type MetricName = (typeof metricNames)[keyof typeof metricNames];

/** The description of each metric that a scrape returns. */
export const metricDescriptions: Readonly<Record<MetricName, string>> = {
  Count: "Calls answered, by API and stage",
  "4XXError": "Calls answered with a 4xx status",
  "5XXError": "Calls answered with a 5xx status",
  Latency: "Sum of the time from request to response; divide by Count",
  CacheHitCount: "Calls answered from a stage's cache",
  CacheMissCount: "Calls that a stage's cache had no response for",
  IntegrationLatency: "Sum of the time that integrations took; divide by Count",
  "tollgate.config.revision": "Store revision of the config that is live",
  "tollgate.config.age": "Time since the live config was applied",
  "tollgate.config.nacks": "Config updates that were refused, at least in part",
  "tollgate.config.unsaved": "Time since which the config on disk is older than the live one; 0: it is not",
  "tollgate.workers": "Running workers",
  "tollgate.worker.restarts": "Workers that ended unexpectedly and were replaced",
  "tollgate.calls.unrouted": "Calls to an API or stage that does not exist",
  "tollgate.usage.spool.backlog": "Usage events spooled and not yet taken by the sink",
  "tollgate.usage.spool.size": "Bytes of the spool's files, sent ones included that are still written to",
  "tollgate.usage.spool.limit": "Bytes that the spool may have",
  "tollgate.usage.shipped": "Usage events taken by the sink",
  "tollgate.usage.send_failures": "Failed attempts to send usage events to the sink",
  "tollgate.usage.lost":
    "Usage events that were recorded, and were gone from the spool before they were sent",
  "tollgate.redis.connected": "Whether Redis is connected: 1 or 0",
  "tollgate.redis.commands": "Commands sent to Redis",
  "tollgate.redis.failures": "Connections to Redis that failed or were lost",
};
