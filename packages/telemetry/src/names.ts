/** Names of span attributes: OpenTelemetry's HTTP conventions, and X-Ray's api_gateway block under aws.*. */
export const attributeNames = {
  accountId: "aws.api_gateway.account_id",
  restApiId: "aws.api_gateway.rest_api_id",
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

/** Names of metrics: CloudWatch's of namespace AWS/ApiGateway for what callers see, tollgate.* for the gateway itself. */
export const metricNames = {
  count: "Count",
  clientError: "4XXError",
  serverError: "5XXError",
  latency: "Latency",
  integrationLatency: "IntegrationLatency",
  configRevision: "tollgate.config.revision",
  configAge: "tollgate.config.age",
  configNacks: "tollgate.config.nacks",
  workers: "tollgate.workers",
  workerRestarts: "tollgate.worker.restarts",
  unroutedCalls: "tollgate.calls.unrouted",
  spoolBacklog: "tollgate.usage.spool.backlog",
  usageShipped: "tollgate.usage.shipped",
  usageSendFailures: "tollgate.usage.send_failures",
} as const;
