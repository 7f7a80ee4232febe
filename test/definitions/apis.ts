import fc from "fast-check";
import { type Entity, type Manifest, parseManifest } from "@tollgate/config";
import type { ExportSource } from "@tollgate/openapi";
import {
  compact,
  headerName,
  LAMBDA,
  maybe,
  mediaType,
  name,
  oneOf,
  record,
  someText,
  text,
} from "./generators.ts";
import { method } from "./methods.ts";
import { sourceOfEntities } from "./saying.ts";

/** The id that every generated API has: references between its models name it. */
export const API_ID = "generated1";
const MODELS = `https://apigateway.amazonaws.com/restapis/${API_ID}/models/`;
const VERBS = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "ANY"];

/** A value of an enum. */
const value: fc.Arbitrary<unknown> = fc.oneof(
  text,
  fc.integer({ min: 2 }),
  fc.constantFrom(null, true, -1.5, ["a"], { a: null }),
);

const schema = (models: readonly string[]): fc.Arbitrary<object> =>
  fc.letrec<{ node: object; leaf: object }>((tie) => ({
    leaf: fc.oneof(
      fc.constantFrom({ type: "string" }, { type: "integer", minimum: 1, exclusiveMinimum: true }, {}),
      fc.record({ enum: fc.uniqueArray(value, { minLength: 1, maxLength: 2, selector: JSON.stringify }) }),
      oneOf<object>(
        models.map((model) => ({ $ref: `${MODELS}${model}` })),
        { type: ["string", "null"] },
      ),
    ),
    node: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      tie("leaf"),
      fc
        .dictionary(name, tie("node"), { maxKeys: 3, noNullPrototype: true })
        .map((properties) => ({ type: "object", properties })),
      tie("node").map((items) => ({ type: "array", items })),
      fc.array(tie("node"), { minLength: 1, maxLength: 2 }).map((allOf) => ({ allOf })),
    ),
  })).node;

/** Paths of which no two have different parameters at one place, and none has one twice. */
const paths = fc
  .uniqueArray(
    fc.array(fc.constantFrom("a", "b-c", "v1.2", "{}"), { maxLength: 3 }).chain((segments) =>
      fc.boolean().map((isGreedy) => {
        const named = segments.map((segment, i) => (segment === "{}" ? `{p${i}}` : segment));
        return `/${[...named, ...(isGreedy ? ["{rest+}"] : [])].join("/")}`;
      }),
    ),
    { minLength: 1, maxLength: 5 },
  )
  .filter(
    (all) =>
      !all.some(
        (path) => path.includes("+}") && all.some((other) => other !== path && sameParent(path, other)),
      ),
  );
/** A greedy parameter is the only child of its parent. */
function sameParent(greedy: string, other: string): boolean {
  const parent = greedy.slice(0, greedy.lastIndexOf("/"));
  return other.startsWith(`${parent}/{`);
}

const lambda = {
  authorizerUri: fc.constant(LAMBDA),
  authorizerCredentials: maybe(fc.constant("arn:aws:iam::000000000000:role/r")),
};
const ttl = {
  authorizerResultTtlInSeconds: maybe(fc.integer({ min: 0, max: 3600 })),
  authType: fc.constantFrom("custom", "oauth2"),
};
const header = headerName.map((at) => `method.request.header.${at}`);
const authorizer = (own: string) =>
  fc
    .oneof(
      fc.record({
        type: fc.constant("TOKEN"),
        ...lambda,
        ...ttl,
        identitySource: header,
        identityValidationExpression: maybe(fc.constant("^Bearer .*$")),
      }),
      fc.record({
        type: fc.constant("REQUEST"),
        ...lambda,
        ...ttl,
        identitySource: fc.constantFrom(
          "method.request.header.A,context.accountId",
          "method.request.querystring.q",
          "stageVariables.v",
          "method.request.header.B",
        ),
      }),
      fc.record({
        type: fc.constant("COGNITO_USER_POOLS"),
        ...ttl,
        identitySource: header,
        providerARNs: fc.constant(["arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_x"]),
        identityValidationExpression: maybe(fc.constant("[a-z]+")),
      }),
    )
    .map((value) => ({ name: own, ...compact(value) }) as { name: string; type: string });

const restApi = fc
  .record({
    name: someText,
    description: maybe(someText),
    version: maybe(someText),
    apiKeySource: fc.constantFrom("HEADER", "AUTHORIZER"),
    binaryMediaTypes: fc.uniqueArray(fc.constantFrom("image/png", "*/*", "application/octet-stream")),
    minimumCompressionSize: maybe(fc.integer({ min: 0, max: 10_485_760 })),
    policy: maybe(
      fc.constant({
        Version: "2012-10-17",
        Statement: [
          { Effect: "Allow", Principal: "*", Action: "execute-api:Invoke", Resource: "execute-api:/*" },
        ],
      }),
    ),
    disableExecuteApiEndpoint: fc.boolean(),
  })
  .map(compact);

const gatewayResponses = fc.dictionary(
  fc.constantFrom("DEFAULT_4XX", "THROTTLED", "UNAUTHORIZED"),
  fc
    .record({
      statusCode: maybe(fc.constantFrom("400", "418", "500")),
      responseParameters: record(
        headerName.map((at) => `gatewayresponse.header.${at}`),
        fc.constantFrom("'x'", "context.requestId"),
      ),
      responseTemplates: record(mediaType, text),
    })
    .map(compact),
  { maxKeys: 2, noNullPrototype: true },
);

/** GeneratedApi is an API whose references are names. */
export interface GeneratedApi {
  readonly restApi: object;
  readonly models: Readonly<Record<string, object>>;
  readonly validators: Readonly<Record<string, object>>;
  readonly authorizers: readonly { readonly name: string; readonly type: string }[];
  readonly gatewayResponses: Readonly<Record<string, object>>;
  readonly resources: Readonly<Record<string, object>>;
}

/** The models that a model may refer to: all, itself too, or those after it. */
type Referable = (model: string, all: readonly string[]) => readonly string[];

/** generatedApi makes APIs of everything that a definition can say. */
export const generatedApi = apis((_model, all) => all);

/** apiWithoutCircles makes those of which no model refers to itself, also not through others. */
export const apiWithoutCircles = apis((model, all) => all.slice(all.indexOf(model) + 1));

function apis(referable: Referable): fc.Arbitrary<GeneratedApi> {
  return fc
    .record({
      modelNames: fc.uniqueArray(name, { maxLength: 3 }),
      validatorNames: fc.uniqueArray(someText, { maxLength: 2 }),
      authorizers: fc
        .uniqueArray(fc.oneof(name, fc.constantFrom("api_key", "sigv4", "my-auth_1.0")), { maxLength: 2 })
        .chain((names) => fc.tuple(...names.map(authorizer))),
      paths,
    })
    .chain(({ modelNames, validatorNames, authorizers, paths: all }) => {
      const parts = { models: modelNames, validators: validatorNames, authorizers };
      return fc.record({
        restApi,
        authorizers: fc.constant(authorizers),
        models: fc.record(
          Object.fromEntries(modelNames.map((model) => [model, schema(referable(model, modelNames))])),
        ),
        validators: fc.record(
          Object.fromEntries(
            validatorNames.map((validator) => [
              validator,
              fc.record({ validateRequestBody: fc.boolean(), validateRequestParameters: fc.boolean() }),
            ]),
          ),
        ),
        gatewayResponses,
        resources: fc.record(
          Object.fromEntries(
            all.map((path) => [
              path,
              fc
                .uniqueArray(fc.constantFrom(...VERBS), { minLength: 1, maxLength: 2 })
                .chain((verbs) =>
                  fc.record(Object.fromEntries(verbs.map((verb) => [verb, method(path, parts)]))),
                ),
            ]),
          ),
        ),
      });
    });
}

/** Throws if a generated entity is not valid: that is a mistake of the generator. */
function entity(manifest: Manifest): Entity {
  const result = parseManifest(manifest, 0);
  if (!result.ok)
    throw new Error(result.problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return result.value;
}

const idsOf = (names: readonly string[], prefix: string) =>
  new Map(names.map((one, i) => [one, `${prefix}${i}`]));

/** sourceOf is a generated API as an export reads it: its references are ids. */
export function sourceOf(api: GeneratedApi): ExportSource {
  const validatorIds = idsOf(Object.keys(api.validators), "valid");
  const authorizerIds = idsOf(
    api.authorizers.map((one) => one.name),
    "autho",
  );
  const withIds = (methods: object) =>
    Object.fromEntries(
      Object.entries(methods as Record<string, Record<string, unknown>>).map(([verb, one]) => [
        verb,
        compact({
          ...one,
          requestValidatorId: validatorIds.get(String(one.requestValidatorId)),
          authorizerId: authorizerIds.get(String(one.authorizerId)),
        }),
      ]),
    );
  const part = (kind: string, id: string | undefined, spec: unknown) =>
    entity({ kind, id: String(id), apiId: API_ID, spec });
  return sourceOfEntities(API_ID, [
    entity({ kind: "RestApi", id: API_ID, spec: api.restApi }),
    ...Object.entries(api.resources).map(([path, methods], i) =>
      part("Resource", `reso${i}x`, { path, methods: withIds(methods) }),
    ),
    ...Object.entries(api.models).map(([id, one]) => part("Model", id, { schema: JSON.stringify(one) })),
    ...Object.entries(api.validators).map(([own, one]) =>
      part("RequestValidator", validatorIds.get(own), { name: own, ...one }),
    ),
    ...api.authorizers.map((one) => part("Authorizer", authorizerIds.get(one.name), one)),
    ...Object.entries(api.gatewayResponses).map(([id, one]) => part("GatewayResponse", id, one)),
  ]) as ExportSource;
}
