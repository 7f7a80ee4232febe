import { isObject } from "./document.ts";
import type { LintedApi, LintRule, MethodSpec } from "./linted-api.ts";

/** Members of an integration that change requests or responses (VTL and REST's parameter mappings). */
const MAPPINGS = ["requestParameters", "requestTemplates", "integrationResponses"] as const;

/** Extensions of a REST API that an HTTP API does not have, and the consequence. */
const LOST_EXTENSIONS: Readonly<Record<string, string>> = {
  "x-amazon-apigateway-api-key-source": "HTTP APIs have no API keys and usage plans",
  "x-amazon-apigateway-minimum-compression-size": "HTTP APIs do not compress",
  "x-amazon-apigateway-binary-media-types": "HTTP APIs pass every body unchanged",
  "x-amazon-apigateway-gateway-responses":
    'responses that an HTTP API creates itself cannot be changed: errors are {"message": ...}',
};

type Integration = NonNullable<MethodSpec["integration"]>;

function lostOf(integration: Integration): string | undefined {
  const { type } = integration;
  if (type === "HTTP_PROXY" || type === "AWS_PROXY") return undefined;
  if (type === "MOCK")
    return "HTTP APIs have no mock integrations: configure CORS on the API, and use an upstream for everything else";
  if (type === "HTTP")
    return "HTTP APIs have no templates: the integration becomes HTTP_PROXY, and bodies are passed unchanged";
  return "HTTP APIs call AWS services with an integration subtype, such as SQS-SendMessage, without templates";
}

const mapped = (integration: Integration) =>
  MAPPINGS.filter((member) => Object.keys(integration[member]).length > 0);

function eachMethod(
  { methods }: LintedApi,
  look: (method: MethodSpec, name: string) => readonly [member: readonly string[], message: string] | false,
  report: Parameters<LintRule["check"]>[1],
): void {
  for (const { manifest, path, verb, method } of methods) {
    const found = look(method, `${verb} ${path}`);
    if (found) report(manifest, ["methods", verb, ...found[0]], found[1]);
  }
}

/** Operations of a definition, with their places. */
const operationsOf = ({ root }: LintedApi) =>
  Object.entries(isObject(root.paths) ? root.paths : {}).flatMap(([path, item]) =>
    Object.entries(isObject(item) ? item : {}).flatMap(([key, operation]) =>
      isObject(operation) ? [{ at: ["paths", path, key], operation }] : [],
    ),
  );

const isSeveral = (security: unknown) =>
  Array.isArray(security) &&
  (security.length > 1 || security.some((one) => isObject(one) && Object.keys(one).length > 1));

/**
 * MIGRATION_RULES report what a REST API's definition loses as an HTTP API: an error if it cannot be imported, a warning if it would
 * behave differently, an info if something is left out (AWS: importing an HTTP API, http-api-open-api).
 */
export const MIGRATION_RULES: readonly LintRule[] = [
  {
    id: "http-api-version",
    level: "error",
    summary: "HTTP APIs are imported from OpenAPI 3.0 only.",
    check: ({ isSwagger, root }, _tell, reportAt) => {
      if (isSwagger)
        reportAt(
          ["openapi"],
          "HTTP APIs are imported from OpenAPI 3.0, not from Swagger 2.0: export it as oas30",
        );
      else if (String(root.openapi).startsWith("3.1"))
        reportAt(["openapi"], "HTTP APIs are imported from OpenAPI 3.0, not from 3.1");
    },
  },
  {
    id: "http-api-security",
    level: "error",
    summary: "A route of an HTTP API has one authorizer.",
    check: (api, _tell, reportAt) => {
      const places = [{ at: [] as string[], operation: api.root }, ...operationsOf(api)];
      for (const { at, operation } of places)
        if (isSeveral(operation.security))
          reportAt(
            [...at, "security"],
            "there are several security requirements: a route of an HTTP API can have only one",
          );
    },
  },
  {
    id: "http-api-integration",
    level: "warning",
    summary: "HTTP APIs have proxy integrations only.",
    check: (api, report) =>
      eachMethod(
        api,
        ({ integration }, name) => {
          if (!integration) return [[], `${name} has no integration: a route of an HTTP API requires one`];
          const lost = lostOf(integration);
          return lost !== undefined && [["integration", "type"], `${integration.type}: ${lost}`];
        },
        report,
      ),
  },
  {
    id: "http-api-mapping",
    level: "warning",
    summary: "HTTP APIs map parameters differently and have no templates.",
    check: (api, report) =>
      eachMethod(
        api,
        ({ integration }) => {
          const members = integration && integration.type.endsWith("_PROXY") ? mapped(integration) : [];
          return (
            members.length > 0 && [
              ["integration"],
              `${members.join(", ")} have no effect in an HTTP API: write them as parameter mappings, such as overwrite:header.name`,
            ]
          );
        },
        report,
      ),
  },
  {
    id: "http-api-tls",
    level: "warning",
    summary: "HTTP APIs verify the certificate of every upstream.",
    check: (api, report) =>
      eachMethod(
        api,
        ({ integration }) =>
          integration !== undefined &&
          "tlsConfig" in integration &&
          integration.tlsConfig?.insecureSkipVerification === true && [
            ["integration", "tlsConfig"],
            "the certificate of the upstream is verified in an HTTP API",
          ],
        report,
      ),
  },
  {
    id: "http-api-authorizer",
    level: "warning",
    summary: "HTTP APIs have JWT and request authorizers.",
    check: ({ authorizers }, report) => {
      for (const { manifest, spec } of authorizers)
        if (spec.type === "TOKEN")
          report(
            manifest,
            ["type"],
            `'${spec.name}' is a token authorizer: change it to a request authorizer whose identity source is $request.header.Authorization`,
          );
        else if (spec.type === "COGNITO_USER_POOLS")
          report(
            manifest,
            ["type"],
            `'${spec.name}' uses a user pool: change it to a JWT authorizer with the pool's issuer and the clients as audience`,
          );
    },
  },
  {
    id: "http-api-policy",
    level: "warning",
    summary: "HTTP APIs have no resource policies: callers that the policy denies would be allowed.",
    check: ({ restApi }, report) => {
      if (restApi?.spec.policy !== undefined)
        report(
          restApi.manifest,
          ["policy"],
          "HTTP APIs have no resource policies: callers that it denies would be allowed",
        );
    },
  },
  {
    id: "http-api-api-key",
    level: "info",
    summary: "HTTP APIs have no API keys and usage plans.",
    check: (api, report) =>
      eachMethod(
        api,
        ({ apiKeyRequired }, name) =>
          apiKeyRequired && [
            ["authorizationType"],
            `${name} requires an API key; HTTP APIs have no API keys and usage plans`,
          ],
        report,
      ),
  },
  {
    id: "http-api-validation",
    level: "info",
    summary: "HTTP APIs do not validate requests.",
    check: (api, report) =>
      eachMethod(
        api,
        ({ requestValidatorId }, name) =>
          requestValidatorId !== undefined && [[], `${name} is not validated in an HTTP API`],
        report,
      ),
  },
  {
    id: "http-api-model",
    level: "info",
    summary: "HTTP APIs do not use models.",
    check: ({ models }, report) => {
      for (const { manifest, id } of models)
        report(manifest, [], `the model '${id}' has no effect in an HTTP API`);
    },
  },
  {
    id: "http-api-cache",
    level: "info",
    summary: "HTTP APIs do not cache.",
    check: (api, report) =>
      eachMethod(
        api,
        ({ integration }, name) =>
          integration !== undefined &&
          (integration.cacheKeyParameters.length > 0 || integration.cacheNamespace !== undefined) && [
            ["integration", "cacheKeyParameters"],
            `responses of ${name} are not cached in an HTTP API`,
          ],
        report,
      ),
  },
  {
    id: "http-api-extension",
    level: "info",
    summary: "The extension has no counterpart in HTTP APIs.",
    check: ({ root }, _tell, reportAt) => {
      for (const [extension, message] of Object.entries(LOST_EXTENSIONS))
        if (root[extension] !== undefined) reportAt([extension], message);
    },
  },
];
