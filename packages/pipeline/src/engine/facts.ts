import { factCatalogue } from "@tollgate/config/problem";

/** What keeps a method, a route or an authorizer from being compiled. */
export const facts = factCatalogue({
  INTEGRATION_UNDEFINED: () => "No integration defined for method",
  METERED_ROUTE_MISSING: ({ route }: { route: string }) =>
    `this deployment has no route '${route}': its calls would not be metered`,
  METERS_UNSUPPORTED: () => "WebSocket APIs have no meters of one's own: leave it out",
  CHUNK_MISSING: ({ digest, deploymentId }: { digest: string; deploymentId: string }) =>
    `chunk ${digest} of deployment '${deploymentId}' is missing`,
  POLICY_INVALID: ({ reason }: { reason: string }) => reason,

  // Languages: each reason comes from the language's own parser, with the place in the text.
  EXPRESSION_INVALID: ({ reason }: { expression: string; reason: string }) => reason,
  CONTEXT_VARIABLE_UNKNOWN: ({ name }: { name: string }) => `there is no context variable '${name}'`,
  TEMPLATE_INVALID: ({ reason }: { reason: string }) => reason,
  PATTERN_INVALID: ({ reason }: { reason: string }) => reason,
  MODEL_MISSING: ({ name }: { name: string }) => `Invalid model identifier specified: ${name}`,
  MODEL_INVALID: ({ name, reason }: { name: string; reason: string }) =>
    `Invalid model specified: '${name}': ${reason}`,
  CACHE_KEY_UNMAPPED: ({ name }: { name: string }) =>
    `'${name}' is not mapped: requestParameters must have it, or name a method.request parameter`,
  CACHE_KEY_INVALID: ({ name }: { name: string }) =>
    `'${name}' must be method.request.{header|querystring|path}.{name} or integration.request.{header|querystring|path}.{name}`,

  // Web ACLs.
  SET_MISSING: ({ kind, id }: { kind: string; id: string }) => `there is no ${kind} '${id}'`,
  STATEMENT_NOT_NESTABLE: () => "a rate-based statement or a rule group cannot be part of another statement",

  // Upstreams.
  URI_MISSING: ({ type }: { type: string }) => `is required by an integration of type ${type}`,
  URI_PART_UNSOURCED: ({ name }: { name: string }) =>
    `'{${name}}' has no source: add requestParameters 'integration.request.path.${name}', such as 'method.request.path.${name}'`,
  URI_PART_NOT_IN_ROUTE: ({ name, routePath }: { name: string; routePath: string }) =>
    `'{${name}}' is not a variable of the route's path '${routePath}'`,
  VPC_LINK_REQUIRED: () => "must name a VpcLink if connectionType is VPC_LINK",

  // Authorizers.
  AUTHORIZER_MISSING: ({ id }: { id: string }) => `there is no Authorizer '${id}' in this deployment`,
  AUTHORIZER_TYPE_WRONG: ({ id, type, authorizationType, wanted }: Record<string, string>) =>
    `'${id}' has the type ${type}, but ${authorizationType} requires ${wanted}`,
});
