import type { Entity } from "./entity.ts";
import { facts } from "./facts.ts";
import { apiMember, isKind, type Kind, kindNames, kindRule } from "./kind.ts";
import { isNestedDeeper } from "./nesting.ts";
import { type Parsed, type Problem, problemAt } from "./problem.ts";
import { problemOfIssue } from "./schema-issue.ts";

/** Largest spec that is stored: the store accepts values below 1 MiB. */
const SPEC_MAX_BYTES = 1024 * 1024 - 8 * 1024;

/** No spec is nearly as deep, templates and models being strings mostly. */
const SPEC_MAX_LEVELS = 200;

/** Manifest is an entity as its author wrote it, before any check. */
export interface Manifest {
  readonly kind: string;
  readonly apiId?: string | undefined;
  readonly id?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly spec: unknown;
}

const LABEL = /^[A-Za-z0-9._/-]{1,128}$/;

function checkPlace(manifest: Manifest, kind: Kind, at: string): Problem[] {
  const rule = kindRule(kind);
  const problems: Problem[] = [];
  const id = manifest.id ?? "";
  if (id === "" && !rule.id.make)
    problems.push(problemAt(`${at}.id`, facts.ID_MISSING({ kind, help: rule.id.help })));
  else if (id !== "" && !rule.id.pattern.test(id))
    problems.push(problemAt(`${at}.id`, facts.ID_INVALID({ help: rule.id.help })));
  const apiId = manifest.apiId ?? "";
  const member = apiMember(kind);
  if (rule.parent && !rule.parent.id.pattern.test(apiId))
    problems.push(problemAt(`${at}.${member}`, facts.API_ID_INVALID({ kind })));
  if (!rule.parent && apiId !== "")
    problems.push(problemAt(`${at}.${member}`, facts.API_ID_UNEXPECTED({ kind, member })));
  for (const [key, value] of Object.entries(manifest.labels ?? {}))
    if (!LABEL.test(key) || typeof value !== "string" || value.length > 256)
      problems.push(problemAt(`${at}.labels.${key}`, facts.LABEL_INVALID()));
  return problems;
}

/**
 * parseManifest turns a manifest into an entity with all defaults, or reports all its problems together.
 * `position` identifies a manifest without an id.
 */
export function parseManifest(manifest: Manifest, position: number): Parsed<Entity> {
  const at = `${manifest.kind || "Entity"}/${manifest.id || `#${position + 1}`}`;
  if (!isKind(manifest.kind))
    return {
      ok: false,
      problems: [
        problemAt(`${at}.kind`, facts.KIND_UNKNOWN({ kind: manifest.kind, known: kindNames.join(", ") })),
      ],
    };
  if (isNestedDeeper(manifest.spec, SPEC_MAX_LEVELS))
    return { ok: false, problems: [problemAt(at, facts.SPEC_TOO_DEEP({ levelsMax: SPEC_MAX_LEVELS }))] };
  const kind = manifest.kind;
  const rule = kindRule(kind);
  const problems = checkPlace(manifest, kind, at);
  const parsed = rule.spec.safeParse(manifest.spec);
  if (!parsed.success) for (const issue of parsed.error.issues) problems.push(problemOfIssue(at, issue));
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: {
      kind,
      apiId: manifest.apiId ?? "",
      id: manifest.id || (rule.id.make?.() ?? ""),
      labels: manifest.labels ?? {},
      spec: parsed.data,
    } as Entity,
  };
}

/** parseSpecJson reads a spec from JSON. A string that is too long or not JSON is a problem, never an exception. */
export function parseSpecJson(json: string, at: string): Parsed<unknown> {
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes > SPEC_MAX_BYTES)
    return {
      ok: false,
      problems: [problemAt(at, facts.SPEC_TOO_LARGE({ sizeBytes, mostBytes: SPEC_MAX_BYTES }))],
    };
  try {
    return { ok: true, value: JSON.parse(json || "{}") };
  } catch (error) {
    return {
      ok: false,
      problems: [problemAt(at, facts.NOT_JSON({ reason: (error as Error).message }))],
    };
  }
}
