import { factCatalogue } from "./problem.ts";

/** What can be wrong with a single entity and with its references. */
export const facts = factCatalogue({
  // The entity as a whole.
  KIND_UNKNOWN: ({ kind, known }: { kind: string; known: string }) => `'${kind}' must be one of ${known}`,
  ID_MISSING: ({ kind, help }: { kind: string; help: string }) => `${kind} needs an id: it ${help}`,
  ID_INVALID: ({ help }: { help: string }) => help,
  API_ID_INVALID: ({ kind }: { kind: string }) =>
    `${kind} needs the id of its API: 10 characters of a-z and 0-9`,
  API_ID_UNEXPECTED: ({ kind, member }: { kind: string; member: string }) =>
    `${kind} does not belong to an API: leave ${member} out`,
  LABEL_INVALID: () =>
    "a label must be 1 to 128 characters of a-z, A-Z, 0-9 and ._/-, with a value of at most 256 characters",
  SPEC_TOO_LARGE: ({ sizeBytes, mostBytes }: { sizeBytes: number; mostBytes: number }) =>
    `the spec has ${sizeBytes} bytes; the limit is ${mostBytes}`,
  SPEC_TOO_DEEP: ({ levelsMax }: { levelsMax: number }) =>
    `the spec is nested more than ${levelsMax} levels deep`,
  NOT_JSON: ({ reason }: { reason: string }) => `is not JSON: ${reason}`,
  REFERENCE_MISSING: ({ kind, id, apiId }: { kind: string; id: string; apiId: string }) =>
    `there is no ${kind} '${id}'${apiId ? ` in API '${apiId}'` : ""}: apply it before, or in the same request`,

  // Members that exclude or require each other.
  REQUIRED_WITH: ({ condition }: { condition: string }) => `is required ${condition}`,
  ONLY_WITH: ({ condition }: { condition: string }) => `is allowed only ${condition}`,
  TOO_MANY: ({ what, most }: { what: string; most: number }) => `${what}: at most ${most} are allowed`,
  LISTED_TWICE: ({ name }: { name: string }) => `'${name}' is listed twice`,
  TEXT_TOO_LONG: ({ length, most }: { length: number; most: number }) =>
    `has ${length} characters; at most ${most} are allowed`,

  // Alarms.
  ALARM_RULE_INVALID: ({ reason }: { reason: string }) => reason,
  ALARM_RETURNS: ({ returned }: { returned: number }) =>
    `exactly one must have returnData, which the threshold is compared with; ${returned} have it`,
  ALARM_EXPRESSION_UNSUPPORTED: () =>
    "SEARCH, SELECT and ANOMALY_DETECTION_BAND are not possible in alarms: name each metric by an id",
  ALARM_DATAPOINTS: ({ datapointsToAlarm, evaluationPeriods }: Record<string, number>) =>
    `is ${datapointsToAlarm}, more than the ${evaluationPeriods} of evaluationPeriods`,
  ALARM_WINDOW: ({ seconds, mostSeconds }: { seconds: number; mostSeconds: number }) =>
    `multiplied by the period is ${seconds} seconds; at most ${mostSeconds} are allowed`,

  // Paths and route keys.
  PATH_START: () => "the path must begin with /",
  PATH_END: () => "the path must not end with /",
  PATH_SEGMENT_EMPTY: () => "the path must not have an empty segment (//)",
  PATH_SEGMENT_INVALID: ({ segment, allowed }: { segment: string; allowed: string }) =>
    `segment '${segment}' must be ${allowed}`,
  PATH_GREEDY_NOT_LAST: ({ segment }: { segment: string }) =>
    `the greedy segment '${segment}' must be the last segment`,
  PATH_PARAMETER_TWICE: ({ name }: { name: string }) => `the parameter '${name}' appears twice`,
  ROUTE_KEY_INVALID: ({ methods }: { methods: string }) =>
    `must be '{METHOD} {path}' such as 'GET /pets', with one of ${methods}, or '$default'`,
  ROUTE_TAKEN: ({ route }: { route: string }) => `the route '${route}' already matches the same calls`,

  // Authorization.
  AUTHORIZER_REQUIRED: () =>
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or COGNITO_USER_POOLS requires a valid authorizer.",
  AUTHORIZER_MISSING: ({ authorizationType }: { authorizationType: string }) =>
    `must be the id of one of the API's authorizers: ${authorizationType} requires one`,
  AUTHORIZER_TYPE_WRONG: ({ id, type, authorizationType, wanted }: Record<string, string>) =>
    `'${id}' has the type ${type}, but ${authorizationType} requires ${wanted}`,
  IDENTITY_SOURCE_REQUIRED: () =>
    "must name at least one source if results are cached: add one, or set authorizerResultTtlInSeconds to 0",

  // Integrations.
  INTEGRATION_MISSING: ({ id }: { id: string }) => `this API has no integration '${id}'`,
  AWS_URI_INVALID: () => "must be the ARN arn:aws:apigateway:{region}:{service}:{path|action}/{value}",
  AWS_URI_INCOMPLETE: () =>
    "must contain path or action: arn:aws:apigateway:{region}:{service}:{path|action}/{value}",
  STREAM_REQUIRED: () => "must be STREAM for a URI that ends in response-streaming-invocations",
  STREAM_URI_REQUIRED: () =>
    "STREAM requires the URI arn:aws:apigateway:{region}:lambda:path/2021-11-15/functions/{function ARN}/response-streaming-invocations",
  PARAMETER_NAME_INVALID: ({ help }: { help: string }) => help,
  HEADER_RESERVED: ({ header }: { header: string }) =>
    `the header ${header} is reserved and cannot be mapped`,
  URL_REQUIRED: () => "an ARN requires connectionType VPC_LINK: set it, or use a URL",

  SERVICE_UNKNOWN: ({ subtype, known }: { subtype: string; known: string }) =>
    `'${subtype}' must be one of ${known}`,
  SERVICE_PARAMETERS_REQUIRED: ({ subtype, required }: { subtype: string; required: string }) =>
    `${subtype} requires the parameters ${required}`,
  SERVICE_PARAMETER_UNKNOWN: ({ subtype }: { subtype: string }) => `is not a parameter of ${subtype}`,

  HTTP_URI_INVALID: () =>
    "must begin with http://, https:// or a stage variable, such as http://example.com/{id}",
  FUNCTION_URI_INVALID: () =>
    "must be arn:aws:apigateway:{region}:lambda:path/2015-03-31/functions/{function ARN}/invocations",

  VPC_LINK_TARGET_INVALID: () =>
    "must be http(s)://host or http(s)://host:port without a path, such as http://10.0.0.5:8080, or the ARN of a load balancer",
  VPC_LINK_TARGET_REQUIRED: () => "must name a target, unless the link has subnetIds",
  LOAD_BALANCER_ARN_INVALID: () =>
    "must be the ARN of a load balancer, such as arn:aws:elasticloadbalancing:us-east-1:123456789012:loadbalancer/app/pets/50dc6c495c0c9188",

  // API keys.
  API_KEY_TOO_SHORT: ({ least }: { least: number }) => `API Key value should be at least ${least} characters`,
  API_KEY_TOO_LONG: ({ most }: { most: number }) =>
    `API Key value exceeds maximum size of ${most} characters`,

  // Web ACLs.
  NETWORK_INVALID: ({ address, version }: { address: string; version: string }) =>
    `'${address}' must be a network of ${version} in CIDR notation, such as ${version === "IPV4" ? "192.0.2.0/24" : "2001:db8::/32"}, and not /0`,
  RULE_GROUP_NESTED: () => "a rule group must not contain another rule group",
  ARN_FOREIGN: ({ arn, region, accountId }: { arn: string; region: string; accountId: string }) =>
    `'${arn}' is not in account ${accountId} and region ${region}, or is of another kind: use the ARN that its creation returned, or its id`,
  STATEMENT_TOO_DEEP: ({ levelsMax }: { levelsMax: number }) =>
    `is nested more than ${levelsMax} levels deep: use labels to combine rules`,
  CAPACITY_EXCEEDED: ({ used, most }: { used: number; most: number }) =>
    `the rules need ${used} capacity units; at most ${most} are allowed`,
  MANAGED_GROUP_UNKNOWN: ({ name, known }: { name: string; known: string }) =>
    `there is no managed rule group '${name}'; use one of ${known}`,
  RULE_UNKNOWN: ({ name, group }: { name: string; group: string }) =>
    `the rule group '${group}' has no rule '${name}'`,
  RESPONSE_BODY_UNKNOWN: ({ key }: { key: string }) => `customResponseBodies has no '${key}'`,

  // Prices.
  AMOUNT_NOT_TEXT: () =>
    'is not a string: write it in quotes, such as "0.40", because a number is rounded when it is read',
  AMOUNT_INVALID: ({ given, decimals }: { given: string; decimals: number }) =>
    `'${given}' must be a decimal number such as 0.40, with at most 15 digits before the point and ${decimals} after it`,
  AMOUNT_NEGATIVE: ({ given }: { given: string }) =>
    `'${given}' must not be negative: what lowers a bill is a discount`,
  PERCENT_INVALID: ({ given }: { given: string }) =>
    `'${given}' must be a percentage from 0 to 100 with at most 4 digits after the point, such as 7.7`,
  CURRENCY_UNKNOWN: ({ code }: { code: string }) =>
    `'${code}' is not a currency: use the three capital letters of ISO 4217, such as EUR`,
  TIERS_OVERLAP: ({ upTo, below }: { upTo: number; below: number }) =>
    `${upTo} must be more than ${below}, where the tier before it ends: the tiers overlap`,
  TIERS_OPEN: () => "is required for every tier but the last: a tier without it has no end",
  TIERS_CLOSED: ({ upTo }: { upTo: number }) =>
    `must be left out of the last tier: nothing says what units after ${upTo} cost`,
  METER_UNKNOWN: ({ name, known, help }: { name: string; known: string; help: string }) =>
    `'${name}' is not a meter: use one of ${known}, or one of your own: ${help}`,
  CUSTOM_METER_INVALID: ({ name, help }: { name: string; help: string }) => `'${name}' must be ${help}`,
  MEMBER_PATH_INVALID: ({ path }: { path: string }) =>
    `'${path}' must be a JSONPath of names and indexes only, which leads to one value, such as $.usage.total_tokens`,
  METER_SOURCE_EITHER: () => "must have either jsonPath or header",
  METER_PRICED_TWICE: ({ meter, other }: { meter: string; other: string }) =>
    `'${meter}' already has a price, '${other}': its units would be charged twice`,
  PRICE_MISSING: ({ id }: { id: string }) => `this version has no price '${id}'`,
  TAX_RATE_UNEXPECTED: ({ category }: { category: string }) =>
    `must be 0 for the category ${category}: only S, the standard category, has a rate`,
  LINE_ID_TAKEN: ({ id }: { id: string }) =>
    `'${id}' is the id of other lines of the invoice: a price, a discount, or the minimum`,
  DISCOUNT_EITHER: () => "must have either percent or amount",
  DATE_INVALID: ({ given }: { given: string }) =>
    `'${given}' must be a date such as 2026-12-01, or an instant such as 2026-12-01T00:00:00+01:00`,
  INSTANT_IN_QUARTER: ({ given }: { given: string }) =>
    `'${given}' must be at minute 00, 15, 30 or 45: usage is counted by quarters of an hour`,
  TIME_ZONE_UNKNOWN: ({ given }: { given: string }) =>
    `'${given}' is not a time zone of the IANA database, such as Europe/Berlin`,
  VERSION_DATE_TWICE: ({ from }: { from: string }) =>
    `another version applies from ${from}: only one can, so change its prices, or give this one another date`,
  VERSION_ORDER: ({ from, before }: { from: string; before: string }) =>
    `${from} must be later than ${before}: versions are listed in the order of their dates`,

  // Customers.
  KEY_REQUIRED: () => "must name an API key: what a customer without keys uses cannot be found",
  EVENT_UNKNOWN: ({ given, known }: { given: string; known: string }) =>
    `'${given}' must be a type of event, such as invoice.finalized, or several of them, such as invoice.*: the types are ${known}`,
  SPEND_LIMIT_ZERO: () => "must be more than 0: every subscription would reach it at once",
  WARNINGS_RISE: ({ percent }: { percent: number }) =>
    `${percent} must be more than the percentage before it: each is reached once`,
  END_BEFORE_START: ({ startAt }: { startAt: string }) => `must be later than startAt, ${startAt}`,

  // Single rules of kinds.
  API_ID_REQUIRED: () =>
    "must name an API: set restApiId for a REST API, or apiId for an HTTP or WebSocket API",
  WILDCARD_WITH_CREDENTIALS: () => "must not be * if allowCredentials is true",
  IP_ADDRESS_TYPE_PRIVATE: () => "Only dualstack ipAddressType is supported for Private APIs.",
  VERSION_MISSING: ({ version }: { version: string }) => `version '${version}' does not exist`,
  CERTIFICATE_UNREADABLE: () => "must be certificates in PEM (-----BEGIN CERTIFICATE-----) and nothing else",
  CERTIFICATE_NOT_ALONE: () => "must be one certificate: those that signed it belong in certificateChain",
  CERTIFICATE_CHAIN_BROKEN: ({ index }: { index: number }) =>
    `must begin with the issuer of the certificate, and go on with the issuer of each: the certificate at index ${index} did not sign the one before it`,
  CERTIFICATE_EXPIRED: ({ what, validTo }: { what: string; validTo: string }) =>
    `${what} is not valid any more: it ended ${validTo}`,
  CERTIFICATE_NOT_YET_VALID: ({ what, validFrom }: { what: string; validFrom: string }) =>
    `${what} is not valid yet: it begins ${validFrom}`,
  CERTIFICATE_OF_OTHER_NAMES: ({ domainName }: { domainName: string }) =>
    `is not valid for ${domainName}: it has other names`,
  CERTIFICATE_MISSING: ({ arn }: { arn: string }) =>
    `there is no certificate '${arn}' in this account and region`,
  CERTIFICATE_IMPORTED: () => "names a certificate that was imported: use another id",
  PRIVATE_KEY_UNREADABLE: () => "must be a private key in PEM (-----BEGIN PRIVATE KEY-----)",
  PRIVATE_KEY_ENCRYPTED: () => "must not be encrypted: openssl pkey removes its passphrase",
  PRIVATE_KEY_OF_ANOTHER: () => "is not the key of the certificate",
  SECURITY_POLICY_UNKNOWN: ({ name, known }: { name: string; known: string }) =>
    `'${name}' is not a security policy: use one of ${known}`,
  SECURITY_POLICY_OF_OTHERS: ({ name, type, endpoints }: Record<"name" | "type" | "endpoints", string>) =>
    `${name} is a security policy of the endpoint types ${endpoints}, not of ${type}`,
  ACCESS_MODE_REQUIRED: () =>
    "is required by a security policy whose name begins with SecurityPolicy_: use BASIC, or STRICT",
  TRUSTSTORE_URI_INVALID: () => "must be s3://{bucket}/{key}",
  TRUSTSTORE_REQUIRED: () => "needs truststoreUri, or truststore with the certificates themselves",
  TRUSTSTORE_EMPTY: () => "has no certificate in PEM (-----BEGIN CERTIFICATE-----) that can be read",
  TRUSTSTORE_WITH_KEY: () =>
    "has a private key (-----BEGIN ... PRIVATE KEY-----): a truststore is not secret, so it must have certificates only",
  TRUSTSTORE_SUBJECTS_TOO_LARGE: ({ bytes, most }: { bytes: number; most: number }) =>
    `the subjects of its certificates have ${bytes} bytes; a handshake of TLS can name authorities of at most ${most}`,
  TRUSTSTORE_CONFLICT: ({ subject }: { subject: string }) =>
    `The certificate subject ${subject} conflicts with an existing certificate from a different issuer.`,
  OFFSET_OVER_LIMIT: () => "must not exceed the limit",
  LOCATION_MEMBER_UNEXPECTED: ({ type }: { type: string }) => `does not belong to ${type}`,
  LOCATION_MEMBER_REQUIRED: ({ type }: { type: string }) => `is required for ${type}`,
});
