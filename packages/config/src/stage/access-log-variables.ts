/** LoggedProtocol is a protocol whose calls can be logged. */
export type LoggedProtocol = "REST" | "HTTP" | "WEBSOCKET";

/** Variables of access logs, by the protocols that have them (AWS: variables for access logging of REST, HTTP and WebSocket APIs). */
const TABLE: readonly { readonly of: readonly LoggedProtocol[]; readonly names: string }[] = [
  {
    of: ["REST", "HTTP", "WEBSOCKET"],
    names: `
      apiId domainName extendedRequestId requestId requestTime requestTimeEpoch stage status
      authorizer.error authorizer.principalId error.message error.messageString error.responseType
      identity.accountId identity.caller identity.principalOrgId identity.sourceIp identity.user identity.userAgent identity.userArn
      identity.cognitoAuthenticationProvider identity.cognitoAuthenticationType identity.cognitoIdentityId identity.cognitoIdentityPoolId
      integration.error integration.integrationStatus integration.latency integration.requestId integration.status
      integrationLatency integrationStatus`,
  },
  {
    of: ["REST", "HTTP"],
    names: `
      accountId awsEndpointRequestId awsEndpointRequestId2 customDomain.basePathMatched domainPrefix httpMethod integrationErrorMessage
      path protocol resourcePath responseLatency responseLength
      identity.clientCert.clientCertPem identity.clientCert.issuerDN identity.clientCert.serialNumber identity.clientCert.subjectDN
      identity.clientCert.validity.notAfter identity.clientCert.validity.notBefore`,
  },
  {
    of: ["REST", "WEBSOCKET"],
    names: `
      authenticate.error authenticate.latency authenticate.status authorize.error authorize.latency authorize.status
      authorizer.integrationLatency authorizer.integrationStatus authorizer.latency authorizer.requestId authorizer.status
      error.validationErrorString identity.apiKey identity.apiKeyId waf.error waf.latency waf.status`,
  },
  {
    of: ["REST"],
    names: `
      cipherSuite customDomain.routingRuleIdMatched deploymentId endpointType identity.accessKey identity.vpcId identity.vpceId
      isCanaryRequest resourceId tlsVersion wafResponseCode webaclArn xrayTraceId responseOverride.status`,
  },
  { of: ["HTTP"], names: "dataProcessed" },
  { of: ["HTTP", "WEBSOCKET"], names: "routeKey" },
  { of: ["WEBSOCKET"], names: "connectedAt connectionId eventType messageDirection messageId" },
];

/** Variables whose last parts an API's author chooses. */
const FAMILIES: readonly { readonly of: readonly LoggedProtocol[]; readonly names: RegExp }[] = [
  { of: ["REST", "HTTP"], names: /^authorizer\.claims\../ },
  { of: ["REST", "HTTP", "WEBSOCKET"], names: /^authorizer\.(?!claims(\.|$))./ },
  { of: ["REST"], names: /^(requestOverride\.(header|path|querystring)|responseOverride\.header)\../ },
];

/** ACCESS_LOG_VARIABLES are the names that depend on no author, with the protocols that have them. */
export const ACCESS_LOG_VARIABLES: ReadonlyMap<string, readonly LoggedProtocol[]> = new Map(
  TABLE.flatMap(({ of, names }) =>
    names
      .trim()
      .split(/\s+/)
      .map((name) => [name, of] as const),
  ),
);

/** isAccessLogVariable says whether access logs of a protocol have $context.{name}. */
export function isAccessLogVariable(protocol: LoggedProtocol, name: string): boolean {
  const known = ACCESS_LOG_VARIABLES.get(name);
  if (known) return known.includes(protocol);
  return FAMILIES.some(({ of, names }) => of.includes(protocol) && names.test(name));
}

/** LogFormatPart is text, or the name of a variable. */
export type LogFormatPart = string | { readonly variable: string };

/** A dot at the end of a name is text. */
const VARIABLE = /\$context\.([\w.-]*[\w-])|\$\{context\.([\w.-]*[\w-])\}/g;

/** parseLogFormat divides the format of an access log into literal strings and variables, such as `$context.requestId` or `${context.requestId}`. */
export function parseLogFormat(format: string): readonly LogFormatPart[] {
  const parts: LogFormatPart[] = [];
  let end = 0;
  for (const match of format.matchAll(VARIABLE)) {
    if (match.index > end) parts.push(format.slice(end, match.index));
    parts.push({ variable: (match[1] ?? match[2]) as string });
    end = match.index + match[0].length;
  }
  if (end < format.length) parts.push(format.slice(end));
  return parts;
}

/** unsupportedLogVariables are the variables of a format that access logs of a protocol do not have, each once. */
export function unsupportedLogVariables(protocol: LoggedProtocol, format: string): readonly string[] {
  const names = parseLogFormat(format).flatMap((part) => (typeof part === "string" ? [] : [part.variable]));
  return [...new Set(names.filter((name) => !isAccessLogVariable(protocol, name)))];
}
