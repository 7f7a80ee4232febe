import { isKind, mapSecrets, parseManifest } from "@tollgate/config";
import type { JsonObject } from "@tollgate/openapi";
import type { Findings } from "./findings.ts";
import type { ForeignValues } from "./foreign/foreign-values.ts";
import { notServed, RESOURCE_TYPES } from "./resource-types.ts";
import type { StackDraft } from "./stack-draft.ts";
import type { TemplateResource } from "./template-resource.ts";
import { resourceIn, type TemplateResources } from "./template-resources.ts";

/** What stands for a stack of its own, which is not looked into. */
const NESTED = new Set(["AWS::CloudFormation::Stack"]);

/** checkTypes reports resources that do not become entities: an error if they would belong to the gateway. */
export function checkTypes(resources: readonly TemplateResource[], findings: Findings): void {
  const foreign = resources.filter(({ type }) => !RESOURCE_TYPES.has(type));
  const counts = new Map<string, number>();
  for (const { type, at } of foreign) {
    const problem = notServed(type);
    if (problem !== undefined) findings.add("error", [...at, "Type"], `${type}: ${problem}`);
    else counts.set(type, (counts.get(type) ?? 0) + 1);
    if (NESTED.has(type))
      findings.add("warning", at, "a nested stack is not created: apply its template as a stack of its own");
  }
  if (counts.size === 0) return;
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
  const each = [...counts].sort(([, a], [, b]) => b - a).map(([type, count]) => `${count} ${type}`);
  findings.add(
    "info",
    ["Resources"],
    `nothing is created for ${total} resources that do not belong to the gateway: ${each.join(", ")}`,
  );
}

/** The value at the place of a problem. */
const valueAt = (spec: unknown, member: readonly PropertyKey[]): unknown =>
  member.reduce<unknown>(
    (value, step) => (value as Readonly<Record<PropertyKey, unknown>> | undefined)?.[step],
    spec,
  );

/** checkEntities reports planned entities that are not valid. A value that is only a placeholder may be the reason if one is not. */
export function checkEntities({ entities, findings }: StackDraft, foreign: ForeignValues): void {
  for (const [i, { manifest, at }] of entities.entries()) {
    const parsed = parseManifest(manifest, i);
    for (const { path, member, message } of parsed.ok ? [] : parsed.problems) {
      const [name] = foreign.unknownIn(valueAt(manifest.spec, member ?? []));
      const hint = name === undefined ? "" : `: give the value of ${name} with --parameter ${name}=VALUE`;
      findings.add("error", [...at, "Properties"], `${path}: ${message}${hint}`);
    }
  }
}

/** A dynamic reference of CloudFormation: AWS looks its value up elsewhere. */
const LOOKED_UP = /\{\{resolve:[^}]*\}\}/;

/**
 * checkSecrets reports secrets that are not the author's: a placeholder can be guessed by whoever knows the template, and a reference that is
 * looked up only on AWS can be read in it. Either would let strangers in.
 */
export function checkSecrets({ entities, findings }: StackDraft, foreign: ForeignValues): void {
  for (const { manifest, at } of entities) {
    if (!isKind(manifest.kind)) continue;
    mapSecrets(manifest.kind, manifest.spec, (secret, path) => {
      const place = [...at, "Properties"];
      const what = `${manifest.kind}/${manifest.id}.${path.join(".")}`;
      const [name] = foreign.unknownIn(secret);
      const reference = LOOKED_UP.exec(secret ?? "")?.[0];
      if (name !== undefined)
        findings.add(
          "error",
          place,
          `${what}: a secret cannot be a placeholder: give the value of ${name} with --parameter ${name}=VALUE`,
        );
      if (reference !== undefined)
        findings.add(
          "error",
          place,
          `${what}: '${reference}' is not looked up here: make the secret a parameter of the template, and give its value with --parameter`,
        );
      return secret;
    });
  }
}

/** checkGiven reports given values that are not those of parameters, or of resources that are not the gateway's. */
export function checkGiven(
  given: Readonly<Record<string, string>>,
  definitions: JsonObject,
  resources: TemplateResources,
  findings: Findings,
): void {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(definitions, name) || resources.isForeign(resourceIn(name))) continue;
    const names = Object.keys(definitions).join(", ") || "none";
    findings.add("error", ["Parameters"], `there is no parameter '${name}'; defined are ${names}`);
  }
}

/** checkDeployments warns of an API without methods: AWS does not deploy it, but its other parts may be useful. */
export function checkDeployments(draft: StackDraft): void {
  const { deployments, entities, findings } = draft;
  const draftRoutes = (apiId: string) => Object.keys(draft.httpApi(apiId)?.routes ?? {}).length;
  const isServed = (apiId: string) =>
    draftRoutes(apiId) > 0 ||
    entities.some(
      ({ manifest: { kind, apiId: api, spec } }) =>
        kind === "Resource" &&
        api === apiId &&
        Object.keys((spec as { readonly methods: object }).methods).length > 0,
    );
  for (const { apiId, at } of deployments)
    if (!isServed(apiId)) findings.add("warning", at, "the API has no methods and serves nothing");
}
