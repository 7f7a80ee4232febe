import { Validator } from "@seriousme/openapi-schema-validator";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { definitionText, type ExportSource, exportOpenApi, importOpenApi } from "@tollgate/openapi";
import { API_ID, apiWithoutCircles, type GeneratedApi, generatedApi, sourceOf } from "./apis.ts";
import { BUILT_IN, entitiesOf, saying, sourceOfEntities } from "./saying.ts";
import { startValidator } from "./validator.ts";

// `npm run properties` shows more of them.
const RUNS = 300;
const VALIDATED = 40;
/** What AWS allows and the specification does not: a path has {rest+} whose parameter is called rest; names that two operations have. */
const AWS_OWN =
  /Path parameter '.*' for '.*' operation in '.*\+\}' was not resolved|Operation ID .* is not unique/s;
const NO_INTEGRATION = "has no x-amazon-apigateway-integration";

/** An API without a version gets the time of its deployment, as AWS exports it. */
const exported = (source: ExportSource) =>
  saying({ ...source, restApi: { version: source.version, ...source.restApi } });

function imported(definition: string, has: (model: string) => boolean) {
  const { manifests, findings } = importOpenApi(definition, { apiId: API_ID });
  const entities = entitiesOf(manifests);
  const source = sourceOfEntities(API_ID, entities) as ExportSource;
  expect(entities.length).toBe(manifests.length);
  return {
    findings: findings.filter(({ level }) => level !== "info"),
    saying: saying({
      ...source,
      models: source.models.filter(({ id }) => !BUILT_IN.includes(id) || has(id)),
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
