import { parseManifest, type Manifest } from "@tollgate/config";
import type { ExportSource } from "@tollgate/openapi";
import fc from "fast-check";

/** The id that every generated API has: references between its models name it. */
export const API_ID = "generated1";
const MODELS = `https://apigateway.amazonaws.com/restapis/${API_ID}/models/`;
const LAMBDA =
  "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:000000000000:function:f/invocations";
const VERBS = ["GET", "PUT", "POST", "DELETE", "OPTIONS", "HEAD", "PATCH", "ANY"];

const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  fc.constantFrom(
    "- a: b",
    "yes",
    "1.0",
    "#x",
    "a\nb\n",
    "'q' \"d\"",
    "{}",
    "é…\u{1f600}",
    "null",
    "~",
    " x ",
  ),
);
const someText = text.filter((value) => value !== "");
const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9]{0,8}$/).filter((value) => !(value in {}));
const headerName = fc.stringMatching(/^[A-Za-z][A-Za-z0-9-]{0,8}$/);
const mediaType = fc.constantFrom(
  "application/json",
  "text/plain",
  "application/xml",
  "application/vnd.a+json",
);
const oneOf = <T>(values: readonly T[], none: T): fc.Arbitrary<T> =>
  values.length > 0 ? fc.constantFrom(...values) : fc.constant(none);
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const record = (key: fc.Arbitrary<string>, value: fc.Arbitrary<string>, maxKeys = 3) =>
  fc.dictionary(key, value, { maxKeys, noNullPrototype: true });

/** Members that are undefined are not there. */
const compact = (value: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined));

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
/** A greedy parameter stands alone below its parent. */
function sameParent(greedy: string, other: string): boolean {
  const parent = greedy.slice(0, greedy.lastIndexOf("/"));
  return other.startsWith(`${parent}/{`);
}

const integrationResponses = fc
  .uniqueArray(
    fc.record({
      status: fc.constantFrom("200", "201", "400", "500"),
      selectionPattern: maybe(fc.constantFrom("4..", "5\\d{2}", ".*error.*")),
      responseParameters: record(
        headerName.map((header) => `method.response.header.${header}`),
        fc.constantFrom("'x'", "integration.response.header.A"),
      ),
      responseTemplates: record(mediaType, text),
      contentHandling: maybe(fc.constantFrom("CONVERT_TO_TEXT", "CONVERT_TO_BINARY")),
    }),
    { maxLength: 3, selector: ({ status }) => status },
  )
  // A pattern is a key of a definition: two responses cannot have the same.
  .filter((all) => new Set(all.map(({ selectionPattern }) => selectionPattern)).size === all.length)
  .map((all) => Object.fromEntries(all.map(({ status, ...response }) => [status, compact(response)])));

const common = {
  requestParameters: record(
    headerName.map((header) => `integration.request.header.${header}`),
    fc.constantFrom("'x'", "method.request.header.A", "context.requestId"),
  ),
  requestTemplates: record(mediaType, text),
  passthroughBehavior: fc.constantFrom("WHEN_NO_MATCH", "WHEN_NO_TEMPLATES", "NEVER"),
  contentHandling: maybe(fc.constantFrom("CONVERT_TO_TEXT", "CONVERT_TO_BINARY")),
  timeoutInMillis: fc.integer({ min: 50, max: 29_000 }),
  cacheNamespace: maybe(name),
  cacheKeyParameters: fc.array(
    headerName.map((header) => `method.request.header.${header}`),
    { maxLength: 2 },
  ),
  credentials: maybe(fc.constant("arn:aws:iam::000000000000:role/r")),
  integrationResponses,
};
const http = {
  ...common,
  httpMethod: fc.constantFrom("ANY", "GET", "POST"),
  uri: fc.constantFrom("http://127.0.0.1:1/{p}", "https://a.example?x=${stageVariables.v}"),
  tlsConfig: maybe(fc.record({ insecureSkipVerification: fc.boolean() })),
};
const integration = fc
  .oneof(
    fc.record({ type: fc.constant("MOCK"), ...common }),
    fc.record({ type: fc.constantFrom("HTTP", "HTTP_PROXY"), ...http }),
    fc.record({
      type: fc.constantFrom("HTTP", "HTTP_PROXY"),
      ...http,
      connectionType: fc.constant("VPC_LINK"),
      connectionId: fc.constantFrom("abcdef", "${stageVariables.link}"),
    }),
    fc.record({
      type: fc.constant("AWS"),
      ...common,
      httpMethod: fc.constantFrom("POST", "GET"),
      uri: fc.constant("arn:aws:apigateway:us-east-1:sqs:path/000000000000/q"),
    }),
    fc.record({
      type: fc.constant("AWS_PROXY"),
      ...common,
      httpMethod: fc.constant("POST"),
      uri: fc.constant(LAMBDA),
    }),
  )
  .map((value) => compact(value));

interface Parts {
  readonly models: readonly string[];
  readonly validators: readonly string[];
  readonly authorizers: readonly { readonly name: string; readonly type: string }[];
}

const models = ({ models: names }: Parts) =>
  names.length > 0
    ? record(mediaType, fc.constantFrom(...names, "Empty", "Error"))
    : record(mediaType, fc.constantFrom("Empty", "Error"));

const authorization = ({ authorizers }: Parts): fc.Arbitrary<object> =>
  fc.oneof<fc.Arbitrary<object>[]>(
    fc.constantFrom({ authorizationType: "NONE" }, { authorizationType: "AWS_IAM" }),
    ...(authorizers.length === 0
      ? []
      : [
          fc.constantFrom(...authorizers).chain(
            ({ name: authorizerId, type }): fc.Arbitrary<object> =>
              type === "COGNITO_USER_POOLS"
                ? fc.record({
                    authorizationType: fc.constant(type),
                    authorizerId: fc.constant(authorizerId),
                    authorizationScopes: fc.uniqueArray(name, { maxLength: 2 }),
                  })
                : fc.constant({ authorizationType: "CUSTOM", authorizerId }),
          ),
        ]),
  );

/** A method; what it refers to is named, not by id. */
const method = (path: string, parts: Parts) =>
  fc
    .record({
      authorization: authorization(parts),
      apiKeyRequired: fc.boolean(),
      requestValidatorId: maybe(oneOf(parts.validators, "")),
      operationName: maybe(someText),
      requestParameters: fc.dictionary(
        fc
          .tuple(fc.constantFrom("header", "querystring"), headerName)
          .map((at) => `method.request.${at.join(".")}`),
        fc.boolean(),
        { maxKeys: 3, noNullPrototype: true },
      ),
      requestModels: models(parts),
      methodResponses: fc.dictionary(
        fc.constantFrom("200", "201", "404", "500"),
        fc.record({
          responseParameters: fc.dictionary(
            headerName.map((header) => `method.response.header.${header}`),
            fc.constant(false),
            { maxKeys: 2, noNullPrototype: true },
          ),
          responseModels: models(parts),
        }),
        { maxKeys: 3, noNullPrototype: true },
      ),
      integration: maybe(integration),
    })
    .map(({ authorization: how, requestValidatorId, requestParameters, ...others }) =>
      compact({
        ...how,
        ...others,
        requestValidatorId: requestValidatorId || undefined,
        requestParameters: {
          ...requestParameters,
          // What stands in the path is a parameter.
          ...Object.fromEntries(
            [...path.matchAll(/\{([^}+]+)\+?\}/g)].map(([, at]) => [`method.request.path.${at}`, true]),
          ),
        },
      }),
    );

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

/** Throws where a generated entity is none: that is a mistake of the generator. */
function parsed(kind: string, id: string, spec: unknown) {
  const manifest: Manifest = { kind, id, ...(kind === "RestApi" ? {} : { restApiId: API_ID }), spec };
  const result = parseManifest(manifest, 0);
  if (!result.ok)
    throw new Error(result.problems.map(({ path, message }) => `${path}: ${message}`).join("\n"));
  return result.value.spec;
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
  const all = (kind: string, entries: readonly (readonly [string, unknown])[]) =>
    entries.map(([id, spec]) => ({ id, spec: parsed(kind, id, spec) })) as never;
  return {
    restApiId: API_ID,
    stageName: "prod",
    region: "us-east-1",
    version: "2026-01-01T00:00:00Z",
    restApi: parsed("RestApi", API_ID, api.restApi) as never,
    resources: all(
      "Resource",
      Object.entries(api.resources).map(([path, methods], i) => [
        `reso${i}x`,
        { path, methods: withIds(methods) },
      ]),
    ),
    models: all(
      "Model",
      Object.entries(api.models).map(([id, one]) => [id, { schema: JSON.stringify(one) }]),
    ),
    validators: all(
      "RequestValidator",
      Object.entries(api.validators).map(([own, one]) => [
        validatorIds.get(own) as string,
        { name: own, ...one },
      ]),
    ),
    authorizers: all(
      "Authorizer",
      api.authorizers.map((one) => [authorizerIds.get(one.name) as string, one]),
    ),
    gatewayResponses: all("GatewayResponse", Object.entries(api.gatewayResponses)),
    documentation: { version: "", createdUnixMs: 0, parts: [] },
  };
}
