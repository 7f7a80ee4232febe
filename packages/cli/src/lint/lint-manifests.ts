import {
  type Entity,
  type HolderKind,
  isApi,
  isDeployment,
  isHolder,
  isKindOf,
  nameOf,
  type Problem,
  parseManifest,
  pathProblem,
  problemAt,
  referencesOf,
} from "@tollgate/config";
import { policyProblems } from "@tollgate/iam";
import { parseManifests } from "../manifest-file.ts";
import { facts } from "./facts.ts";
import { languageProblems } from "./languages.ts";

function lintResource({ id, spec }: Entity<"Resource">): Problem[] {
  const problems: Problem[] = [];
  const fact = pathProblem(spec.path);
  if (fact) problems.push(problemAt(`Resource/${id}.path`, fact));
  for (const [verb, { integration }] of Object.entries(spec.methods)) {
    if (!integration) continue;
    for (const { member, message: reason } of languageProblems(integration)) {
      const path = [`Resource/${id}.methods.${verb}.integration`, ...member].join(".");
      problems.push(problemAt(path, facts.LANGUAGE_INVALID({ reason })));
    }
  }
  return problems;
}

/** The policies of an entity. */
function* policiesOf(
  entity: Entity,
): Generator<readonly [path: string, document: unknown, kind: "identity" | "trust" | "resource"]> {
  const at = `${entity.kind}/${entity.id}`;
  if (isHolder(entity.kind))
    for (const [name, document] of Object.entries((entity as Entity<HolderKind>).spec.policies))
      yield [`${at}.policies.${name}`, document, "identity"];
  if (isKindOf(entity, "Role"))
    yield [`${at}.assumeRolePolicyDocument`, entity.spec.assumeRolePolicyDocument, "trust"];
  if (isKindOf(entity, "ManagedPolicy"))
    for (const [id, { document }] of Object.entries(entity.spec.versions))
      yield [`${at}.versions.${id}.document`, document, "identity"];
  if (isKindOf(entity, "RestApi") && entity.spec.policy)
    yield [`${at}.policy`, entity.spec.policy, "resource"];
}

/** Checks for duplicate entities, and the references within APIs that the files contain completely. */
function lintTogether(entities: readonly Entity[]): Problem[] {
  const names = new Set<string>();
  const problems: Problem[] = [];
  for (const entity of entities) {
    const name = nameOf(entity);
    if (names.has(name)) problems.push(problemAt(`${entity.kind}/${entity.id}`, facts.ENTITY_TWICE()));
    names.add(name);
  }
  const whole = new Set(entities.filter(({ kind }) => isApi(kind)).map(({ id }) => id));
  for (const entity of entities)
    for (const { to, or, path } of referencesOf(entity))
      if (
        whole.has(to.apiId) &&
        !isDeployment(to.kind) &&
        ![to, or].some((ref) => ref && names.has(nameOf(ref)))
      )
        problems.push(problemAt(path, facts.REFERENCE_NOT_IN_FILES({ kind: to.kind, id: to.id })));
  return problems;
}

/** FileProblem is a problem and the file that it was found in, where that is known. */
export type FileProblem = Problem & { readonly file?: string | undefined };

/** lintFiles reports everything that can be found in manifests without asking the control plane. */
export function lintFiles(files: readonly { readonly name: string; readonly text: string }[]): FileProblem[] {
  const problems: FileProblem[] = [];
  const entities: Entity[] = [];
  const fileOf = new Map<string, string>();
  for (const { name, text } of files)
    for (const [i, manifest] of parseManifests(text, name).entries()) {
      const parsed = parseManifest(manifest, i);
      if (parsed.ok) {
        entities.push(parsed.value);
        fileOf.set(`${parsed.value.kind}/${parsed.value.id}`, name);
      } else problems.push(...parsed.problems.map((problem) => ({ ...problem, file: name })));
    }
  for (const entity of entities) {
    if (isKindOf(entity, "Resource")) problems.push(...lintResource(entity));
    for (const [at, document, kind] of policiesOf(entity))
      for (const { path, message: reason } of policyProblems(document, at, kind))
        problems.push(problemAt(path, facts.POLICY_INVALID({ reason })));
  }
  const all = [...problems, ...lintTogether(entities)];
  return all.map((problem) => ({ file: fileOf.get(problem.path.split(".", 1)[0] ?? ""), ...problem }));
}
