import { type Entity, type Manifest, parseManifest } from "@tollgate/config";
import type { ExportSource } from "@tollgate/openapi";

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

const MAPS = new Set(["responseParameters", "responseModels", "responseTemplates"]);

/** Maps of responses that are empty are kept as they were given, but say what missing ones say: definitions do not have them. */
function withoutEmptyMaps(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutEmptyMaps);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name, member]) => !MAPS.has(name) || Object.keys(member ?? {}).length > 0)
      .map(([name, member]) => [name, withoutEmptyMaps(member)]),
  );
}

/** What an API says: its parts are keyed by what people call them, and so are the references between them. */
export function saying({ restApi, resources, models, validators, authorizers, gatewayResponses }: Parts) {
  const nameOf = ({ spec }: Named) => (spec as { name: string }).name;
  const names = new Map([...validators, ...authorizers].map((one) => [one.id, nameOf(one)]));
  const methodOf = (method: { requestValidatorId?: string; authorizerId?: string }) => ({
    ...method,
    requestValidatorId: names.get(method.requestValidatorId ?? ""),
    authorizerId: names.get(method.authorizerId ?? ""),
  });
  const methodsOf = (methods: Record<string, object>) =>
    Object.fromEntries(
      Object.entries(methods).map(([verb, method]) => [verb, withoutEmptyMaps(methodOf(method))]),
    );
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
export const BUILT_IN = ["Empty", "Error"];

/** The entities of manifests; what cannot be one is left out. */
export const entitiesOf = (manifests: readonly Manifest[]): readonly Entity[] =>
  manifests.flatMap((manifest, i) => {
    const parsed = parseManifest(manifest, i);
    return parsed.ok ? [parsed.value] : [];
  });

/** sourceOfEntities is an API as an export reads it; undefined: the entities contain no API. */
export function sourceOfEntities(apiId: string, entities: readonly Entity[]): ExportSource | undefined {
  const ofKind = (kind: Entity["kind"]) => entities.filter((entity) => entity.kind === kind) as never;
  const restApi = entities.find(({ kind }) => kind === "RestApi") as Entity<"RestApi"> | undefined;
  return (
    restApi && {
      apiId,
      stageName: "prod",
      region: "us-east-1",
      version: "2026-01-01T00:00:00Z",
      restApi: restApi.spec,
      resources: ofKind("Resource"),
      models: ofKind("Model"),
      validators: ofKind("RequestValidator"),
      authorizers: ofKind("Authorizer"),
      gatewayResponses: ofKind("GatewayResponse"),
      documentation: { version: "", createdUnixMs: 0, parts: [] },
    }
  );
}
