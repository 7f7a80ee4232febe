import { type Entity, type Manifest, parseManifest } from "@tollgate/config";
import type { JsonObject } from "./document.ts";
import type { ImportOutcome } from "./import-openapi.ts";
import type { Level } from "./report.ts";

/**
 * LintRule is one check of a definition before its import:
 *
 *     const noDescription: LintRule = {
 *       id: "no-description",
 *       level: "info",
 *       summary: "The API has no description.",
 *       check: ({ restApi }, report) => {
 *         if (restApi && !restApi.spec.description) report(restApi.manifest, ["description"], "the API has no description");
 *       },
 *     };
 */
export interface LintRule {
  readonly id: string;
  readonly level: Level;
  readonly summary: string;
  readonly check: (api: LintedApi, report: Report, reportAt: ReportAt) => void;
}

/** Reports a finding about a member of the resulting entities. */
type Report = (manifest: Manifest, member: readonly string[], message: string) => void;
/** Reports a finding about a place of the definition, in terms of OpenAPI 3. */
type ReportAt = (path: readonly string[], message: string) => void;
export type ResourceSpec = Entity<"Resource">["spec"];
export type Verb = keyof ResourceSpec["methods"];
export type MethodSpec = NonNullable<ResourceSpec["methods"][Verb]>;

/** LintedApi is the API of a definition, as far as it can be imported. */
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

/** checkRules adds the findings of rules to those of an import. */
export function checkRules(rules: readonly LintRule[], outcome: ImportOutcome): void {
  const api = linted(outcome);
  for (const { id, level, check } of rules)
    check(
      api,
      (manifest, member, message) => outcome.report(level, manifest, member, message, { rule: id }),
      (path, message) => outcome.reportAt(level, path, message, { rule: id }),
    );
}
