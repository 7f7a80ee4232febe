import { z } from "zod";
import { httpApiAuthorizer, webSocketAuthorizer } from "../api/authorizer.ts";
import { httpApiIntegration, webSocketIntegration } from "../api/integration.ts";
import { httpApiRoute, webSocketRoute } from "../api/route.ts";
import { routeKeyShape } from "../api/route-key.ts";
import { defineKind } from "../define-kind.ts";
import { facts } from "../facts.ts";
import { apiIdRule } from "../identifier.ts";
import { type Fact, raise } from "../problem.ts";
import { tags } from "../tags.ts";
import { VpcLink, vpcLinkOf } from "./vpc-link.ts";

const id = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, "an id must be 1 to 64 characters of a-z, A-Z, 0-9, _ and -");

/** They are sent in headers as they are given (RFC 9110, 5.5). */
const headerTexts = z
  .array(z.string().regex(/^[\t\x20-\x7e\x80-\xff]+$/, "must be characters that a header can have"))
  .default([]);

/** Pages of which other origins may call (AWS: Cors of apigatewayv2). */
const corsConfiguration = z
  .strictObject({
    allowOrigins: headerTexts,
    allowMethods: headerTexts,
    allowHeaders: headerTexts,
    exposeHeaders: headerTexts,
    /** Seconds for which a browser may cache the response; -1: not at all. */
    maxAge: z.int().min(-1).max(86_400).optional(),
    allowCredentials: z.boolean().default(false),
  })
  .superRefine(({ allowCredentials, allowOrigins, allowMethods, allowHeaders, exposeHeaders }, context) => {
    const lists = { allowOrigins, allowMethods, allowHeaders, exposeHeaders };
    for (const [name, list] of Object.entries(lists))
      if (allowCredentials && list.includes("*")) raise(context, facts.WILDCARD_WITH_CREDENTIALS(), [name]);
  });

export type CorsConfiguration = z.output<typeof corsConfiguration>;

const common = {
  name: z.string().min(1).max(128),
  description: z.string().max(1024).optional(),
  version: z.string().max(64).optional(),
  disableExecuteApiEndpoint: z.boolean().default(false),
  ipAddressType: z.enum(["ipv4", "dualstack"]).default("ipv4"),
  tags: tags.optional(),
};

const httpApi = z.strictObject({
  protocolType: z.literal("HTTP"),
  ...common,
  corsConfiguration: corsConfiguration.optional(),
  authorizers: z.record(id, httpApiAuthorizer).default({}),
  integrations: z.record(id, httpApiIntegration).default({}),
  routes: z.record(id, httpApiRoute).default({}),
});

const webSocketApi = z.strictObject({
  protocolType: z.literal("WEBSOCKET"),
  ...common,
  /** The part of a message that selects its route, such as $request.body.action. */
  routeSelectionExpression: z.string().min(1).default("$request.body.action"),
  apiKeySelectionExpression: z
    .enum(["$request.header.x-api-key", "$context.authorizer.usageIdentifierKey"])
    .default("$request.header.x-api-key"),
  disableSchemaValidation: z.boolean().optional(),
  authorizers: z.record(id, webSocketAuthorizer).default({}),
  integrations: z.record(id, webSocketIntegration).default({}),
  routes: z.record(id, webSocketRoute).default({}),
  models: z
    .record(
      z.string().regex(/^[A-Za-z0-9]{1,128}$/, "a model's name must be alphanumeric"),
      z.strictObject({
        /** The id by which AWS's clients name it; absent: one that is derived from its name. */
        modelId: id.optional(),
        contentType: z.string().min(1).default("application/json"),
        description: z.string().max(1024).optional(),
        schema: z.string().max(400_000),
      }),
    )
    .default({}),
});

type Given = z.output<typeof httpApi> | z.output<typeof webSocketApi>;

interface MemberProblem {
  readonly path: readonly string[];
  readonly fact: Fact;
}

/** Conflicts between the members of a route's authorization. */
function authorizationProblem(
  { authorizers }: Given,
  route: Given["routes"][string],
): MemberProblem | undefined {
  const { authorizationType: type, authorizerId } = route;
  const authorizer = Object.hasOwn(authorizers, authorizerId ?? "")
    ? authorizers[authorizerId ?? ""]
    : undefined;
  const wanted = { CUSTOM: "REQUEST", JWT: "JWT", NONE: undefined, AWS_IAM: undefined }[type];
  const path = ["authorizerId"];
  if (wanted === undefined)
    return authorizerId === undefined
      ? undefined
      : { path, fact: facts.ONLY_WITH({ condition: `if authorizationType is not ${type}` }) };
  if (!authorizer) return { path, fact: facts.AUTHORIZER_MISSING({ authorizationType: type }) };
  if (authorizer.authorizerType !== wanted)
    return {
      path,
      fact: facts.AUTHORIZER_TYPE_WRONG({
        id: authorizerId ?? "",
        type: authorizer.authorizerType,
        authorizationType: type,
        wanted,
      }),
    };
  return undefined;
}

const scopeProblem = (route: Given["routes"][string]): MemberProblem | undefined =>
  "authorizationScopes" in route && route.authorizationScopes.length > 0 && route.authorizationType !== "JWT"
    ? {
        path: ["authorizationScopes"],
        fact: facts.ONLY_WITH({ condition: "if authorizationType is JWT" }),
      }
    : undefined;

const shapeOf = ({ protocolType }: Given, routeKey: string): string =>
  protocolType === "HTTP" ? routeKeyShape(routeKey) : routeKey;

/** All conflicts between the parts of an API. */
function* partProblems(api: Given): Generator<MemberProblem> {
  const routeByShape = new Map<string, string>();
  for (const [routeId, route] of Object.entries(api.routes)) {
    const at = (problem: MemberProblem) => ({ ...problem, path: ["routes", routeId, ...problem.path] });
    const shape = shapeOf(api, route.routeKey);
    const other = routeByShape.get(shape);
    if (other !== undefined) yield at({ path: ["routeKey"], fact: facts.ROUTE_TAKEN({ route: other }) });
    routeByShape.set(shape, routeId);
    const integrationId = route.target?.replace("integrations/", "");
    if (integrationId !== undefined && !Object.hasOwn(api.integrations, integrationId))
      yield at({ path: ["target"], fact: facts.INTEGRATION_MISSING({ id: integrationId }) });
    const problem = authorizationProblem(api, route) ?? scopeProblem(route);
    if (problem) yield at(problem);
  }
}

/**
 * An API of AWS's second generation (apigatewayv2): HTTP or WebSocket, with its routes, integrations and authorizers. These are members,
 * not separate entities, like the methods of a resource: an API has at most a few hundred, and they are only useful together.
 */
const spec = z
  .discriminatedUnion("protocolType", [httpApi, webSocketApi], { error: "must be HTTP or WEBSOCKET" })
  .superRefine((api, context) => {
    for (const { path, fact } of partProblems(api)) raise(context, fact, path);
  });

export type HttpApi = Extract<z.output<typeof spec>, { protocolType: "HTTP" }>;
export type WebSocketApi = Extract<z.output<typeof spec>, { protocolType: "WEBSOCKET" }>;

export const Api = defineKind({
  name: "Api",
  about:
    "An HTTP API or a WebSocket API with its routes, integrations and authorizers (AWS: Api of apigatewayv2).",
  spec,
  collection: "apis",
  id: apiIdRule,
  role: "api",
  references: [
    {
      to: VpcLink,
      of: ({ spec }) =>
        Object.entries(spec.integrations).map(([id, integration]) => ({
          id: vpcLinkOf(integration),
          at: `integrations.${id}.connectionId`,
        })),
    },
  ],
  /** (600, together with REST APIs) */
  quota: "restApis",
  /** (10, 300, 300) */
  counts: ["authorizers", "integrations", "routes"],
  frozenIn: "api",
});
