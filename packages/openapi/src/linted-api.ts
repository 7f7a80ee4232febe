import { parseManifest, type Entity, type Manifest } from "@tollgate/config";
import type { JsonObject } from "./document.ts";
import type { ImportOutcome } from "./import-openapi.ts";
import type { Level } from "./report.ts";

/** LintRule is one thing to look for in a definition before it is brought in. */
export interface LintRule {
  readonly id: string;
  readonly level: Level;
  readonly summary: string;
  readonly check: (api: LintedApi, tell: Tell, tellAt: TellAt) => void;
}

/** Tells something about a member of what the definition becomes. */
type Tell = (manifest: Manifest, member: readonly string[], message: string) => void;
/** Tells something about a place of the definition, as it is in OpenAPI 3. */
type TellAt = (path: readonly string[], message: string) => void;
export type ResourceSpec = Entity<"Resource">["spec"];
export type Verb = keyof ResourceSpec["methods"];
export type MethodSpec = NonNullable<ResourceSpec["methods"][Verb]>;

/** LintedApi is what a definition becomes, as far as it can be an API. */
export interface LintedApi {
  readonly root: JsonObject;
  readonly isSwagger: boolean;
  readonly restApi: { readonly manifest: Manifest; readonly spec: Entity<"RestApi">["spec"] } | undefined;
  readonly resources: readonly { readonly manifest: Manifest; readonly spec: ResourceSpec }[];
  readonly models: readonly { readonly manifest: Manifest; readonly id: string; readonly schema: string }[];
  readonly authorizers: readonly {
    readonly manifest: Manifest;
    readonly spec: Entity<"Authorizer">["spec"];
  }[];
  readonly methods: readonly {
    readonly manifest: Manifest;
    readonly path: string;
    readonly verb: Verb;
    readonly method: MethodSpec;
  }[];
}

/** verbsOf are the verbs of a resource's methods. */
export const verbsOf = (spec: ResourceSpec) => Object.keys(spec.methods) as Verb[];

function linted({ manifests, root, isSwagger }: ImportOutcome): LintedApi {
  const entities = manifests.flatMap((manifest, i) => {
    const parsed = parseManifest(manifest, i);
    return parsed.ok ? [{ manifest, entity: parsed.value }] : [];
  });
  const ofKind = <K extends Entity["kind"]>(kind: K) =>
    entities.flatMap(({ manifest, entity }) =>
      entity.kind === kind ? [{ manifest, id: entity.id, spec: entity.spec as Entity<K>["spec"] }] : [],
    );
  const resources = ofKind("Resource");
  return {
    root,
    isSwagger,
    restApi: ofKind("RestApi")[0],
    resources,
    models: ofKind("Model").map(({ manifest, id, spec }) => ({ manifest, id, schema: spec.schema })),
    authorizers: ofKind("Authorizer"),
    methods: resources.flatMap(({ manifest, spec }) =>
      verbsOf(spec).flatMap((verb) => {
        const method = spec.methods[verb];
        return method ? [{ manifest, path: spec.path, verb, method }] : [];
      }),
    ),
  };
}

/** checkRules adds what rules find to the findings of an import. */
export function checkRules(rules: readonly LintRule[], outcome: ImportOutcome): void {
  const api = linted(outcome);
  for (const { id, level, check } of rules)
    check(
      api,
      (manifest, member, message) => outcome.report(id, level, manifest, member, message),
      (path, message) => outcome.reportAt(id, level, path, message),
    );
}
