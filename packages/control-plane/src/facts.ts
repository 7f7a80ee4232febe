import { factCatalogue } from "@tollgate/config";

/** What can be wrong with a change of an account, besides the problems of single entities. */
export const facts = factCatalogue({
  // The request.
  IN_REQUEST_TWICE: () => "appears twice in the request",
  URL_INVALID: ({ url }: { url: string }) => `'${url}' must be a URL`,
  NAME_INVALID: ({ name, help }: { name: string; help: string }) => `'${name}' ${help}`,
  DEFINITION_UNREADABLE: ({ reason }: { reason: string }) => reason,
  FINDING: ({ finding }: { finding: string }) => finding,

  // Entities together with others.
  PATH_TAKEN: ({ id, path }: { id: string; path: string }) => `Resource '${id}' already has the path ${path}`,
  PATH_PARAMETER_CONFLICT: ({ id, one, other, parent }: Record<"id" | "one" | "other" | "parent", string>) =>
    `a sibling ('${id}', ${one} or ${other}) already has a variable path part; only one is allowed below ${parent}`,
  TIMEOUT_TOO_LONG: ({ mostMs }: { mostMs: number }) => `Timeout should be between 50 ms and ${mostMs} ms`,
  DOMAIN_TAKEN: () => "belongs to another account",
  DOMAIN_MIGRATED: () =>
    "must stay as it is: a private domain and a public one are not changed into each other",
  PRIVATE_WILDCARD: () => "must not be a wildcard: a private domain is one name",
  MUTUAL_TLS_REGIONAL: () => "is for domains with the endpoint type REGIONAL",
  OWNERSHIP_MISSING: () =>
    "is required: the certificate of this domain with mutual TLS was imported, or signed by the internal authority, and proves nothing. Request a certificate of its name from the public authority, and name its ARN",
  OWNERSHIP_NOT_PUBLIC: ({ arn }: { arn: string }) =>
    `The ownershipVerificationCertificate ${arn} must be a certificate of this account that was requested from the public authority`,
  OWNERSHIP_LAPSED: ({ reason }: { reason: string }) => reason,
  ENHANCED_WITH_MUTUAL_TLS: () =>
    "is not for domains with a security policy whose name begins with SecurityPolicy_: use TLS_1_2",
  ENHANCED_OF_HTTP_APIS: ({ name }: { name: string }) =>
    `leads to an HTTP or WebSocket API, which a domain with the security policy ${name} cannot: use TLS_1_2`,
  POLICY_OF_PUBLIC_DOMAIN: () =>
    "is for domains with the endpoint type PRIVATE: who may call public ones, the policies of their APIs say",
  ASSOCIATION_OF_PUBLIC_DOMAIN: () => "is not private: only private domains give VPC endpoints access",
  API_ID_TAKEN: () => "is already in use; leave it out to get a new id",
  STILL_REFERRED_TO: ({ kind, id, byKind, byId }: Record<"kind" | "id" | "byKind" | "byId", string>) =>
    `${kind} '${id}' cannot be deleted because ${byKind} '${byId}' refers to it`,
  APPLIED_BY_OBJECT: ({ object }: { object: string }) =>
    `was applied by ${object}: remove it from one of the two objects`,
  APPLIED_BY_STACK: ({ stack }: { stack: string }) =>
    `belongs to the stack '${stack}': change it there, or remove it from the object`,
  HAS_PARTS_OF_OBJECT: ({ kind, id, object }: Record<"kind" | "id" | "object", string>) =>
    `cannot be deleted because its ${kind} '${id}' was applied by ${object}`,
  API_KEY_TAKEN: ({ holder }: { holder: string }) => `${holder} has the same value already`,
  ACCESS_KEY_ID_TAKEN: () => "is already in use: access key ids are unique across all users and accounts",
  PLANS_SHARE_STAGE: ({ one, other, stage }: Record<"one" | "other" | "stage", string>) =>
    `the plans '${one}' and '${other}' both contain the stage ${stage}: a key can belong to only one of them`,
  KEY_OF_CUSTOMER: ({ key, other }: { key: string; other: string }) =>
    `the customer '${other}' already has the key '${key}': what is used with it is charged to one of them`,
  CHARGED_TWICE: ({ plan, other }: { plan: string; other: string }) =>
    `the subscription '${other}' charges the usage plan '${plan}' at the same time: end one before the other starts`,
  POLICY_MISSING: ({ arn, known }: { arn: string; known: string }) =>
    `the policy ${arn} does not exist; use one of ${known}`,
  POLICY_ARN_WRONG: ({ arn }: { arn: string }) => `must be ${arn}, which is the policy's ARN`,
  POLICY_INVALID: ({ reason }: { reason: string }) => reason,

  PARAMETERS_UNDECLARED: ({ parameters }: { parameters: string }) =>
    `add ${parameters} to the requestParameters of the method: a mapping can only be from a parameter that is declared`,

  // Alarms.
  ALARM_NAME_TAKEN: ({ kind }: { kind: string }) =>
    `is the name of a ${kind}: metric alarms and composite alarms share their names`,
  ALARM_EXPRESSION: ({ reason }: { reason: string }) => `cannot be computed: ${reason}`,
  ALARM_CYCLE: ({ alarms }: { alarms: string }) => `leads back to the alarm itself: ${alarms}`,

  // Logs of stages.
  ACCESS_LOG_LINES: (_: { format: string }) =>
    "must be a single line: a line break is allowed only at its end",
  ACCESS_LOG_UNIDENTIFIED: (_: { format: string }) =>
    "must include $context.requestId or $context.extendedRequestId",
  ACCESS_LOG_DESTINATION: () =>
    "must be arn:aws:logs:{region}:{account}:log-group:{name}, or arn:aws:firehose:{region}:{account}:deliverystream/amazon-apigateway-{name}",
  LOGGING_ROLE_MISSING: () =>
    "a loggingLevel other than OFF requires the account's cloudwatchRoleArn: set it by UpdateAccount, or in a manifest of kind Account; any ARN of a role will do",

  // Deployments.
  POLICY_REQUIRED: () =>
    "a PRIVATE API is deployed only with a resource policy: add one that says which VPC endpoints may call it",
  DEPLOYMENT_IMMUTABLE: () => "a deployment is an immutable snapshot: create one with CreateDeployment",
  DEPLOYMENTS_FULL: ({ most }: { most: number }) =>
    `Maximum number of deployments for this API has been reached: ${most}. Delete one that no stage needs, or contact the operator of the gateway if you need more.`,
  NOTHING_TO_CALL: ({ reason }: { reason: string }) => reason,

  // Stacks.
  OWNED_BY_OTHERS: ({ owner }: { owner: string }) =>
    `already exists and belongs to ${owner}: delete it, or use another name`,
  EXPORT_TAKEN: ({ name, stack }: { name: string; stack: string }) =>
    `the stack '${stack}' already exports '${name}'`,
  EXPORT_IN_USE: ({ name, stack, verb }: { name: string; stack: string; verb: "change" | "be removed" }) =>
    `the export '${name}' cannot ${verb}: the stack '${stack}' imports it`,
});
