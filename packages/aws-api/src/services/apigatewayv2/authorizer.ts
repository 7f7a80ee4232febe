import type { JsonObject, Operation } from "../../protocol/rest-json/operation.ts";
import { conflict } from "../apigateway/errors.ts";
import { crud, type Noun, type Place } from "./crud.ts";
import {
  changed,
  clearable,
  flag,
  type Members,
  number,
  readMembers,
  structure,
  text,
  texts,
} from "./members.ts";
import { check, type Rule, withoutEmpty } from "./rule.ts";
import { type ApiSpec, apiOf, parts } from "./shelf.ts";

const MEMBERS: Members = {
  authorizerCredentialsArn: text(clearable),
  authorizerPayloadFormatVersion: text(clearable),
  authorizerResultTtlInSeconds: number(),
  authorizerType: text(),
  authorizerUri: text(),
  enableSimpleResponses: flag(),
  identitySource: texts(),
  identityValidationExpression: text(clearable),
  jwtConfiguration: structure({ audience: texts(), issuer: text() }),
  name: text(),
};

/** An authorizer of either protocol, before it is checked. */
export interface AuthorizerSpec {
  readonly authorizerCredentialsArn?: string;
  readonly authorizerPayloadFormatVersion?: string;
  readonly authorizerResultTtlInSeconds?: number;
  readonly authorizerType?: string;
  readonly authorizerUri?: string;
  readonly enableSimpleResponses?: boolean;
  readonly identitySource?: readonly string[];
  readonly identityValidationExpression?: string;
  readonly jwtConfiguration?: { readonly audience?: readonly string[]; readonly issuer?: string };
  readonly name?: string;
}

const TTL_MAX_S = 3600;
const HTTP_SOURCE = /^(\$request\.(header|querystring)\.[^\s,]+|\$context\.[\w.]+|\$stageVariables\.\w+)$/;
const WEBSOCKET_SOURCE =
  /^(route\.request\.(header|querystring)\.[^\s,]+|context\.[\w.]+|stageVariables\.\w+)$/;

const COMMON_RULES: readonly Rule<AuthorizerSpec>[] = [
  ({ name = "" }) => (name === "" ? "Name is a required field in an Authorizer" : undefined),
  ({ authorizerType = "" }) =>
    ["REQUEST", "JWT"].includes(authorizerType)
      ? undefined
      : "Invalid authorizer type specified. Must be one of [REQUEST, JWT]",
];

const hasUri: Rule<AuthorizerSpec> = ({ authorizerType, authorizerUri = "" }) =>
  authorizerType === "REQUEST" && authorizerUri === ""
    ? "AuthorizerUri is a required field in an Authorizer"
    : undefined;

const badSource = (pattern: RegExp, { identitySource = [] }: AuthorizerSpec) =>
  identitySource.find((source) => !pattern.test(source));

/** HTTP_AUTHORIZER_RULES are what AWS refuses of an authorizer of an HTTP API. */
export const HTTP_AUTHORIZER_RULES: readonly Rule<AuthorizerSpec>[] = [
  ...COMMON_RULES,
  hasUri,
  ({ authorizerType, authorizerPayloadFormatVersion: version }) =>
    authorizerType === "REQUEST" && version === undefined
      ? "AuthorizerPayloadFormatVersion is a required parameter for REQUEST authorizer"
      : undefined,
  ({ authorizerType, authorizerPayloadFormatVersion: version = "" }) =>
    authorizerType === "REQUEST" && !["1.0", "2.0"].includes(version)
      ? `Unsupported AuthorizerPayloadFormatVersion: ${version}`
      : undefined,
  ({ enableSimpleResponses, authorizerPayloadFormatVersion: version }) =>
    enableSimpleResponses && version !== "2.0"
      ? 'EnableSimpleResponses can only be set for AuthorizerPayloadFormatVersion "2.0".'
      : undefined,
  (given) => {
    const source = badSource(HTTP_SOURCE, given);
    return source === undefined
      ? undefined
      : `Invalid identity source expression: ${source}. The source must be a request header, request querystring, stage variable or context parameter`;
  },
  ({ authorizerResultTtlInSeconds: ttl = 0 }) =>
    ttl < 0 || ttl > TTL_MAX_S
      ? "Authorizer result TTL outside allowable range. TTL must be between 0 and 3600 seconds."
      : undefined,
  ({ authorizerResultTtlInSeconds: ttl = 0, identitySource = [] }) =>
    ttl > 0 && identitySource.length === 0
      ? "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)"
      : undefined,
  ({ authorizerType, jwtConfiguration }) =>
    authorizerType === "JWT" && jwtConfiguration === undefined
      ? "JwtConfiguration must not be null for JWT Authorizer"
      : undefined,
  ({ authorizerType, jwtConfiguration: { audience = [] } = {} }) =>
    authorizerType === "JWT" && audience.length === 0
      ? "Audience list must have at least 1 item for JWT Authorizer"
      : undefined,
  // Quoted in aws/aws-sam-cli #2410.
  ({ authorizerType, jwtConfiguration: { issuer = "" } = {} }) =>
    authorizerType === "JWT" && issuer === ""
      ? "Invalid issuer: Issuer can not be empty for JWT Authorizer."
      : undefined,
  ({ authorizerType, jwtConfiguration: { issuer = "" } = {} }) =>
    authorizerType === "JWT" && !/^https?:\/\/./.test(URL.canParse(issuer) ? issuer : "")
      ? "Invalid issuer: Issuer is not a valid URL for JWT Authorizer"
      : undefined,
  ({ authorizerType, identitySource = [] }) =>
    authorizerType === "JWT" && identitySource.length !== 1
      ? "Identity source must have exactly 1 item for JWT Authorizer"
      : undefined,
  ({ authorizerType, ...given }) => {
    const onlyRequest = [
      "authorizerCredentialsArn",
      "authorizerPayloadFormatVersion",
      "authorizerResultTtlInSeconds",
      "authorizerUri",
      "enableSimpleResponses",
    ] as const;
    const name = authorizerType === "JWT" ? onlyRequest.find((one) => given[one] !== undefined) : undefined;
    return name === undefined ? undefined : `${name} cannot be set for a JWT Authorizer`;
  },
  ({ authorizerType, jwtConfiguration }) =>
    authorizerType === "REQUEST" && jwtConfiguration !== undefined
      ? "jwtConfiguration cannot be set for a REQUEST Authorizer"
      : undefined,
];

/** WEBSOCKET_AUTHORIZER_RULES are what AWS refuses of an authorizer of a WebSocket API. */
export const WEBSOCKET_AUTHORIZER_RULES: readonly Rule<AuthorizerSpec>[] = [
  ...COMMON_RULES,
  ({ authorizerType }) =>
    authorizerType === "JWT"
      ? "Only REQUEST authorizer type is supported on WEBSOCKET protocol Apis."
      : undefined,
  hasUri,
  (given) => {
    const source = badSource(WEBSOCKET_SOURCE, given);
    return source === undefined ? undefined : `Invalid request identity source expression: ${source}`;
  },
  (given) => {
    const name = (
      [
        "authorizerResultTtlInSeconds",
        "authorizerPayloadFormatVersion",
        "enableSimpleResponses",
        "jwtConfiguration",
      ] as const
    ).find((one) => given[one] !== undefined);
    return name === undefined
      ? undefined
      : `${name.charAt(0).toUpperCase()}${name.slice(1)} cannot be set for WEBSOCKET protocol Apis.`;
  },
];

function checkAuthorizer(authorizer: AuthorizerSpec, api: ApiSpec, ownId: string): void {
  check(authorizer, api.protocolType === "HTTP" ? HTTP_AUTHORIZER_RULES : WEBSOCKET_AUTHORIZER_RULES);
  for (const [id, { name }] of Object.entries(api.authorizers))
    if (id !== ownId && name === authorizer.name)
      throw conflict(`Authorizer name must be unique. Authorizer ${name} already exists in this RestApi.`);
}

/** The authorizer with the given members, checked. */
function storedAuthorizer(item: object, { account, request, id }: Place): object {
  const api = apiOf(account, request).entity.spec;
  const next = changed(item, readMembers(request.body, MEMBERS), MEMBERS) as AuthorizerSpec;
  checkAuthorizer(next, api, id);
  return next;
}

/** What a stored authorizer has without having been given it: it is neither shown nor checked. */
const DEFAULTS: Readonly<Record<string, unknown>> = {
  authorizerResultTtlInSeconds: 0,
  enableSimpleResponses: false,
};

const givenOnly = (item: AuthorizerSpec): AuthorizerSpec =>
  Object.fromEntries(Object.entries(item).filter(([name, value]) => value !== DEFAULTS[name]));

const noun: Noun<AuthorizerSpec> = {
  name: "Authorizer",
  names: "Authorizers",
  path: "/v2/apis/{apiId}/authorizers",
  idParameter: "authorizerId",
  shelf: parts("authorizers"),
  missing: (id) => `Invalid Authorizer identifier specified ${id}`,
  newId: 6,
  show: (item, { id }): JsonObject => ({ ...withoutEmpty({ ...givenOnly(item) }), authorizerId: id }),
  create: (place) => storedAuthorizer({}, place),
  update: (item, place) => storedAuthorizer(givenOnly(item), place),
  beforeDelete: ({ name }, { account, request, id }) => {
    const { routes } = apiOf(account, request).entity.spec;
    const used = Object.values(routes).find(({ authorizerId }) => authorizerId === id);
    if (used) throw conflict(`Cannot delete authorizer '${name}', is referenced in route: ${used.routeKey}`);
  },
};

/** authorizerOperations are the operations of authorizers. */
export const authorizerOperations: readonly Operation[] = crud(noun);
