import {
  parseManifest,
  pathProblem,
  referencesOf,
  nameOf,
  isKindOf,
  type Entity,
  type Integration,
  type Problem,
} from "@tollgate/config";
import {
  compileRequestExpression,
  compileResponseExpression,
  compileSelectionPattern,
  compileTemplate,
} from "@tollgate/mapping";
import { policyProblems } from "@tollgate/iam";
import type { Command } from "commander";
import { parseManifests, readText } from "../manifest-file.ts";
import { CliError, EXIT, print, toJson } from "../output.ts";
import { globalsOf } from "../session.ts";

const collect = (value: string, all: readonly string[]) => [...all, value];
/** What a stage variable holds is not known here: any will do. */
const anyVariable = new Proxy<Record<string, string>>({}, { get: () => "x" });

type Compiled = { readonly ok: true } | { readonly ok: false; readonly message: string };

/** Everything in an integration that is a small language of its own. */
function* languagesOf(
  integration: Integration,
  at: string,
): Generator<readonly [path: string, compiled: Compiled]> {
  for (const [name, text] of Object.entries(integration.requestTemplates))
    yield [`${at}.requestTemplates.${name}`, compileTemplate(text)];
  for (const [name, source] of Object.entries(integration.requestParameters))
    yield [`${at}.requestParameters.${name}`, compileRequestExpression(source, anyVariable)];
  for (const [status, response] of Object.entries(integration.integrationResponses)) {
    const where = `${at}.integrationResponses.${status}`;
    if (response.selectionPattern)
      yield [`${where}.selectionPattern`, compileSelectionPattern(response.selectionPattern)];
    for (const [name, source] of Object.entries(response.responseParameters))
      yield [`${where}.responseParameters.${name}`, compileResponseExpression(source, anyVariable)];
    for (const [name, text] of Object.entries(response.responseTemplates))
      yield [`${where}.responseTemplates.${name}`, compileTemplate(text)];
  }
}

function lintResource({ id, spec }: Entity<"Resource">): Problem[] {
  const problems: Problem[] = [];
  const message = pathProblem(spec.path);
  if (message) problems.push({ path: `Resource/${id}.path`, message });
  for (const [verb, { integration }] of Object.entries(spec.methods)) {
    if (!integration) continue;
    for (const [path, compiled] of languagesOf(integration, `Resource/${id}.methods.${verb}.integration`))
      if (!compiled.ok) problems.push({ path, message: compiled.message });
  }
  return problems;
}

/** Policies that an entity holds. */
function* policiesOf(
  entity: Entity,
): Generator<readonly [path: string, document: unknown, kind: "identity" | "trust" | "resource"]> {
  const at = `${entity.kind}/${entity.id}`;
  if (isKindOf(entity, "User") || isKindOf(entity, "Group") || isKindOf(entity, "Role"))
    for (const [name, document] of Object.entries(entity.spec.policies))
      yield [`${at}.policies.${name}`, document, "identity"];
  if (isKindOf(entity, "Role"))
    yield [`${at}.assumeRolePolicyDocument`, entity.spec.assumeRolePolicyDocument, "trust"];
  if (isKindOf(entity, "ManagedPolicy"))
    for (const [id, { document }] of Object.entries(entity.spec.versions))
      yield [`${at}.versions.${id}.document`, document, "identity"];
  if (isKindOf(entity, "RestApi") && entity.spec.policy)
    yield [`${at}.policy`, entity.spec.policy, "resource"];
}

/** Entities that the files name twice, and references within an API that the files hold whole. */
function lintTogether(entities: readonly Entity[]): Problem[] {
  const names = new Set<string>();
  const problems: Problem[] = [];
  for (const entity of entities) {
    const name = nameOf(entity);
    if (names.has(name)) problems.push({ path: `${entity.kind}/${entity.id}`, message: "is given twice" });
    names.add(name);
  }
  const whole = new Set(entities.filter(({ kind }) => kind === "RestApi").map(({ id }) => id));
  for (const entity of entities)
    for (const { to, path } of referencesOf(entity))
      if (whole.has(to.restApiId) && to.kind !== "Deployment" && !names.has(nameOf(to)))
        problems.push({ path, message: `there is no ${to.kind} '${to.id}' in the files` });
  return problems;
}

/** lintFiles tells all that can be known about manifests without asking the control plane. */
export function lintFiles(files: readonly { readonly name: string; readonly text: string }[]): Problem[] {
  const problems: Problem[] = [];
  const entities: Entity[] = [];
  for (const { name, text } of files)
    for (const [i, manifest] of parseManifests(text, name).entries()) {
      const parsed = parseManifest(manifest, i);
      if (parsed.ok) entities.push(parsed.value);
      else
        problems.push(...parsed.problems.map(({ path, message }) => ({ path: `${name}: ${path}`, message })));
    }
  for (const entity of entities) {
    if (isKindOf(entity, "Resource")) problems.push(...lintResource(entity));
    for (const [path, document, kind] of policiesOf(entity))
      problems.push(...policyProblems(document, path, kind));
  }
  return [...problems, ...lintTogether(entities)];
}

export function addLint(program: Command): void {
  program
    .command("lint")
    .description(
      "check files without a control plane: members, templates, expressions, patterns, policies, references within them",
    )
    .requiredOption(
      "-f, --filename <file>",
      "YAML or JSON file, - for standard input; may be given again",
      collect,
      [],
    )
    .action((options: { filename: readonly string[] }, command: Command) => {
      const problems = lintFiles(options.filename.map((name) => ({ name, text: readText(name) })));
      if (globalsOf(command).output !== "table") print(toJson({ problems }));
      if (problems.length > 0)
        throw new CliError(
          [
            `${problems.length} problem${problems.length > 1 ? "s" : ""}`,
            ...problems.map(({ path, message }) => `  ${path}: ${message}`),
          ].join("\n"),
          EXIT.FAILED,
        );
    });
}
