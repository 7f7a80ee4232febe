import fc from "fast-check";
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

/** Parts are what the methods of an API may name. */
export interface Parts {
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
export const method = (path: string, parts: Parts) =>
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
          // Variables in the path are parameters.
          ...Object.fromEntries(
            [...path.matchAll(/\{([^}+]+)\+?\}/g)].map(([, at]) => [`method.request.path.${at}`, true]),
          ),
        },
      }),
    );
