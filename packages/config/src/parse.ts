import type { z } from "zod";
import type { Entity } from "./entity.ts";
import { apiMember, isKind, kindNames, kindRule, type Kind } from "./kind.ts";
import type { Parsed, Problem } from "./problem.ts";

/** Largest spec that is stored: the store takes values below 1 MiB. */
export const SPEC_MAX_BYTES = 1024 * 1024 - 8 * 1024;

/** Manifest is an entity as its author wrote it, nothing checked. */
export interface Manifest {
  readonly kind: string;
  readonly apiId?: string | undefined;
  readonly id?: string | undefined;
  readonly labels?: Readonly<Record<string, string>> | undefined;
  readonly spec: unknown;
}

const LABEL = /^[A-Za-z0-9._/-]{1,128}$/;

function describeIssue(issue: z.core.$ZodIssue): string {
  if (issue.code === "unrecognized_keys") {
    const keys = issue.keys.map((k) => `'${k}'`).join(", ");
    return `unknown member${issue.keys.length > 1 ? "s" : ""} ${keys}`;
  }
  if (issue.code === "invalid_key") return issue.issues.map((i) => i.message).join("; ");
  return issue.message.replace(/^Invalid input: /, "");
}

function issuePath(base: string, path: readonly PropertyKey[]): string {
  return path.reduce<string>(
    (text, key) => (typeof key === "number" ? `${text}[${key}]` : `${text}.${String(key)}`),
    base,
  );
}

function checkPlace(manifest: Manifest, kind: Kind, at: string): Problem[] {
  const rule = kindRule(kind);
  const problems: Problem[] = [];
  const id = manifest.id ?? "";
  if (id === "" && !rule.id.make)
    problems.push({ path: `${at}.id`, message: `${kind} needs an id: it ${rule.id.help}` });
  else if (id !== "" && !rule.id.pattern.test(id)) problems.push({ path: `${at}.id`, message: rule.id.help });
  const apiId = manifest.apiId ?? "";
  if (rule.parent && !rule.parent.id.pattern.test(apiId))
    problems.push({
      path: `${at}.${apiMember(kind)}`,
      message: `${kind} needs the id of its API: 10 characters of a-z and 0-9`,
    });
  if (!rule.parent && apiId !== "")
    problems.push({
      path: `${at}.${apiMember(kind)}`,
      message: `${kind} does not belong to an API: leave ${apiMember(kind)} out`,
    });
  for (const [key, value] of Object.entries(manifest.labels ?? {}))
    if (!LABEL.test(key) || typeof value !== "string" || value.length > 256)
      problems.push({
        path: `${at}.labels.${key}`,
        message: "a label is 1 to 128 of a-z, A-Z, 0-9 and ._/- with a text of at most 256",
      });
  return problems;
}

/**
 * parseManifest turns what an author wrote into an entity with all defaults filled in, or tells everything that is wrong with it.
 * `position` names manifests that have no id.
 */
export function parseManifest(manifest: Manifest, position: number): Parsed<Entity> {
  const at = `${manifest.kind || "Entity"}/${manifest.id || `#${position + 1}`}`;
  if (!isKind(manifest.kind))
    return {
      ok: false,
      problems: [
        { path: `${at}.kind`, message: `'${manifest.kind}' must be one of ${kindNames.join(", ")}` },
      ],
    };
  const kind = manifest.kind;
  const rule = kindRule(kind);
  const problems = checkPlace(manifest, kind, at);
  const parsed = rule.spec.safeParse(manifest.spec);
  if (!parsed.success)
    for (const issue of parsed.error.issues)
      problems.push({ path: issuePath(at, issue.path), message: describeIssue(issue), member: issue.path });
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

/** parseSpecJson reads the JSON text of a spec; a text that is too large or no JSON is a problem, never an exception. */
export function parseSpecJson(json: string, at: string): Parsed<unknown> {
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes > SPEC_MAX_BYTES)
    return {
      ok: false,
      problems: [
        { path: at, message: `the spec has ${sizeBytes} bytes; at most ${SPEC_MAX_BYTES} can be stored` },
      ],
    };
  try {
    return { ok: true, value: JSON.parse(json || "{}") };
  } catch (error) {
    return {
      ok: false,
      problems: [{ path: at, message: `the spec is not JSON: ${(error as Error).message}` }],
    };
  }
}
