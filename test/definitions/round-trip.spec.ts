import { parseManifest, type Entity } from "@tollgate/config";
import { definitionText, exportOpenApi, importOpenApi, type ExportSource } from "@tollgate/openapi";
import { Validator } from "@seriousme/openapi-schema-validator";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { API_ID, apiWithoutCircles, generatedApi, sourceOf, type GeneratedApi } from "./apis.ts";
import { startValidator } from "./validator.ts";

const RUNS = 1000;
const VALIDATED = 100;
/** What AWS allows and the specification does not: a path has {rest+} whose parameter is called rest; names that two operations have. */
const AWS_OWN =
  /Path parameter '.*' for '.*' operation in '.*\+\}' was not resolved|Operation ID .* is not unique/s;
const NO_INTEGRATION = "has no x-amazon-apigateway-integration";

interface Named {
  readonly id: string;
  readonly spec: unknown;
}

/** Parts are the entities of an API by their kinds. */
interface Parts {
  readonly restApi: unknown;
  readonly resources: readonly Named[];
  readonly models: readonly Named[];
  readonly validators: readonly Named[];
  readonly authorizers: readonly Named[];
  readonly gatewayResponses: readonly Named[];
}

/** What an API says: its parts are keyed by what people call them, and so are the references between them. */
function saying({ restApi, resources, models, validators, authorizers, gatewayResponses }: Parts) {
  const nameOf = ({ spec }: Named) => (spec as { name: string }).name;
  const names = new Map([...validators, ...authorizers].map((one) => [one.id, nameOf(one)]));
  const methodOf = (method: { requestValidatorId?: string; authorizerId?: string }) => ({
    ...method,
    requestValidatorId: names.get(method.requestValidatorId ?? ""),
    authorizerId: names.get(method.authorizerId ?? ""),
  });
  const methodsOf = (methods: Record<string, object>) =>
    Object.fromEntries(Object.entries(methods).map(([verb, method]) => [verb, methodOf(method)]));
  return {
    restApi,
    resources: Object.fromEntries(
      resources.map(({ spec }) => {
        const { path, methods } = spec as { path: string; methods: Record<string, object> };
        return [path, methodsOf(methods)];
      }),
    ),
    models: Object.fromEntries(
      models.map(({ id, spec }) => [id, JSON.parse((spec as { schema: string }).schema) as unknown]),
    ),
    validators: Object.fromEntries(validators.map((one) => [nameOf(one), one.spec])),
    authorizers: Object.fromEntries(authorizers.map((one) => [nameOf(one), one.spec])),
    gatewayResponses: Object.fromEntries(gatewayResponses.map(({ id, spec }) => [id, spec])),
  };
}

/** Models that every API has: an export that names them defines them, as on AWS. */
const BUILT_IN = ["Empty", "Error"];

/** An API without a version gets the time of its deployment, as AWS exports it. */
const exported = (source: ExportSource) =>
  saying({ ...source, restApi: { version: source.version, ...source.restApi } });

function imported(definition: string, has: (model: string) => boolean) {
  const { manifests, findings } = importOpenApi(definition, { restApiId: API_ID });
  const entities = manifests.map((manifest, i) => {
    const parsed = parseManifest(manifest, i);
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    return parsed.value;
  });
  const ofKind = (kind: Entity["kind"]) => entities.filter((entity) => entity.kind === kind);
  return {
    findings: findings.filter(({ level }) => level !== "info"),
    saying: saying({
      restApi: ofKind("RestApi")[0]?.spec,
      resources: ofKind("Resource"),
      models: ofKind("Model").filter(({ id }) => !BUILT_IN.includes(id) || has(id)),
      validators: ofKind("RequestValidator"),
      authorizers: ofKind("Authorizer"),
      gatewayResponses: ofKind("GatewayResponse"),
    }),
  };
}

/** What Swagger 2 can say: one schema for a body whatever its media type, and media types for all responses together. */
function inSwagger(api: GeneratedApi): GeneratedApi {
  type Models = Record<string, string>;
  const same = (models: Models, types: readonly string[]): Models => {
    const [first] = Object.values(models);
    return first === undefined ? {} : Object.fromEntries(types.map((type) => [type, first]));
  };
  const methodOf = (method: {
    requestModels: Models;
    methodResponses: Record<string, { responseModels: Models }>;
  }) => {
    const responses = Object.entries(method.methodResponses);
    const types = [...new Set(responses.flatMap(([, { responseModels }]) => Object.keys(responseModels)))];
    return {
      ...method,
      requestModels: same(method.requestModels, Object.keys(method.requestModels)),
      methodResponses: Object.fromEntries(
        responses.map(([status, one]) => [
          status,
          { ...one, responseModels: same(one.responseModels, types) },
        ]),
      ),
    };
  };
  return {
    ...api,
    resources: Object.fromEntries(
      Object.entries(api.resources).map(([path, methods]) => [
        path,
        Object.fromEntries(
          Object.entries(methods).map(([verb, method]) => [verb, methodOf(method as never)]),
        ),
      ]),
    ),
  };
}

describe("a definition that is exported and imported again", () => {
  it.each([
    { type: "oas30" as const, api: generatedApi },
    { type: "swagger" as const, api: generatedApi.map(inSwagger) },
  ])("says what the API said, in $type", ({ type, api: arbitrary }) => {
    fc.assert(
      fc.property(arbitrary, fc.constantFrom("json" as const, "yaml" as const), (api, format) => {
        const source = sourceOf(api);
        const text = definitionText(exportOpenApi(source, { type, extensions: ["apigateway"] }), format);
        const again = imported(text, (model) => Object.hasOwn(api.models, model));
        expect(again.saying).toEqual(exported(source));
        expect(again.findings.filter(({ message }) => !message.startsWith(NO_INTEGRATION))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  it("is valid in the eyes of openapi-schema-validator and openapi-spec-validator, with all extensions and with none", async () => {
    await using validator = await startValidator();
    // The validator itself does not end where a list's items are the list.
    const apis = fc.sample(apiWithoutCircles, VALIDATED);
    for (const [i, api] of apis.entries()) {
      const source = sourceOf(api);
      const type = i % 2 === 0 ? "oas30" : "swagger";
      for (const extensions of [[], ["apigateway" as const]]) {
        const definition = exportOpenApi(source, { type, extensions });
        const { errors } = await new Validator().validate(structuredClone(definition));
        expect({ errors, definition }).toEqual({ errors: undefined, definition });
        const wrong = (await validator.ask(definition)).filter((what) => !AWS_OWN.test(what));
        expect({ wrong, definition }).toEqual({ wrong: [], definition });
      }
    }
  });
});
