import { LineCounter, parseAllDocuments } from "yaml";
import { apiMember, isKind } from "./kind.ts";
import type { Manifest } from "./parse.ts";

const MEMBERS = new Set(["kind", "restApiId", "apiId", "id", "labels", "spec"]);

/** ManifestTextError says where a text has no manifests, and why. */
export class ManifestTextError extends Error {}

/** The member that names the API of a kind. Unknown kinds are refused elsewhere. */
export const apiMemberOf = (kind: string): string => (isKind(kind) ? apiMember(kind) : "restApiId");

/**
 * parseManifests reads YAML documents, or JSON, of one entity or a list of entities each. It throws a ManifestTextError that begins with `at`, the name
 * of the text, and the line.
 */
export function parseManifests(text: string, at: string): Manifest[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines });
  if (!Array.isArray(documents)) return [];
  return documents.flatMap((document) => {
    const [error] = document.errors;
    if (error) throw new ManifestTextError(`${at}: ${error.message.split("\n")[0]}`);
    const line = lines.linePos(document.range[0]).line;
    const value: unknown = document.toJS();
    if (value === null) return [];
    const items: unknown[] = Array.isArray(value) ? value : [value];
    return items.map((item) => toManifest(item, `${at}:${line}`));
  });
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
  const { restApiId, ...manifest } = item as Manifest & { readonly restApiId?: string };
  if (apiMemberOf(item.kind) === "restApiId" && manifest.apiId !== undefined)
    throw new ManifestTextError(`${at}: ${item.kind} belongs to a REST API: use restApiId instead of apiId`);
  return restApiId === undefined ? manifest : { ...manifest, apiId: restApiId };
}
