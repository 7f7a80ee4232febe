import { type Document, isScalar, LineCounter, parseAllDocuments, visit } from "yaml";
import { apiMember, isKind } from "./kind.ts";
import type { Manifest } from "./parse.ts";

const MEMBERS = new Set(["kind", "restApiId", "apiId", "id", "labels", "spec"]);

/** ManifestTextError says where a string is not a manifest, and why. */
export class ManifestTextError extends Error {}

/** The member that names the API of a kind. Unknown kinds are refused elsewhere. */
export const apiMemberOf = (kind: string): string => (isKind(kind) ? apiMember(kind) : "restApiId");

/**
 * parseManifests reads YAML documents, or JSON, of one entity or a list of entities each. It throws a ManifestTextError that begins with `at`, the name
 * of the text, and the line.
 */
export function parseManifests(text: string, at: string): Manifest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines, uniqueKeys: false });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new ManifestTextError(`${at}: ${error.message.split("\n")[0]}`);
    const line = lines.linePos(document.range[0]).line;
    checkKeys(document, lines, at);
    const value = valueOf(document, `${at}:${line}`);
    if (value === null) return [];
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.map((item) => toManifest(item, `${at}:${line}`));
  });
}

/** The parser compares each key of a map with all others of it, which takes minutes for tens of thousands. */
function checkKeys(document: Document.Parsed, lines: LineCounter, at: string): void {
  visit(document, {
    Map(_key, { items }) {
      const keys = new Set<unknown>();
      for (const { key } of items) {
        if (!isScalar(key)) continue;
        if (!keys.has(key.value)) keys.add(key.value);
        else {
          const { line, col } = lines.linePos(key.range?.[0] ?? 0);
          throw new ManifestTextError(`${at}: Map keys must be unique at line ${line}, column ${col}`);
        }
      }
    },
  });
}

/** What a document is once its aliases are resolved: one without an anchor, or too many of them, are found only then. */
function valueOf(document: Document.Parsed, at: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ManifestTextError(`${at}: ${(error as Error).message}`);
  }
}

/** What names an entity must be a string: YAML has a number for digits without quotation marks, which is not written as it was. */
function checkNames(item: object, kind: string, at: string): void {
  for (const name of ["id", "restApiId", "apiId"]) {
    const value = (item as Readonly<Record<string, unknown>>)[name];
    if (value === undefined || value === null || typeof value === "string") continue;
    const remedy = typeof value === "object" ? "" : `: write it in quotation marks, as "${value}"`;
    throw new ManifestTextError(`${at}: ${name} of ${kind} is not a string${remedy}`);
  }
  const { labels } = item as { readonly labels?: unknown };
  if (labels !== undefined && (typeof labels !== "object" || Array.isArray(labels)))
    throw new ManifestTextError(`${at}: labels of ${kind} must be an object, such as { team: shop }`);
}

/** toManifest is a parsed value as a manifest. It throws a ManifestTextError that begins with `at` if it has other members than those of manifests. */
export function toManifest(item: unknown, at: string): Manifest {
  if (typeof item !== "object" || item === null || !("kind" in item) || typeof item.kind !== "string")
    throw new ManifestTextError(
      `${at}: an entity must be an object with 'kind', such as 'kind: RestApi', and 'spec'`,
    );
  const unknown = Object.keys(item).filter((key) => !MEMBERS.has(key));
  if (unknown.length > 0)
    throw new ManifestTextError(
      `${at}: ${item.kind} has an unknown member '${unknown[0]}'; the members of an entity are ${[...MEMBERS].join(", ")}`,
    );
  checkNames(item, item.kind, at);
  const { restApiId, ...manifest } = item as Manifest & { readonly restApiId?: string };
  if (apiMemberOf(item.kind) === "restApiId" && manifest.apiId !== undefined)
    throw new ManifestTextError(`${at}: ${item.kind} belongs to a REST API: use restApiId instead of apiId`);
  return restApiId === undefined ? manifest : { ...manifest, apiId: restApiId };
}
