import type { DocumentationLocation } from "@tollgate/config";
import { isObject, type JsonObject } from "./document.ts";
import type { DocumentedPart } from "./read-documentation.ts";

/** Types whose parts also apply to everything below their path (AWS: Representation of API documentation, inheritance). */
const INHERITED = new Set<DocumentationLocation["type"]>([
  "METHOD",
  "QUERY_PARAMETER",
  "REQUEST_HEADER",
  "PATH_PARAMETER",
  "REQUEST_BODY",
  "RESPONSE",
  "RESPONSE_HEADER",
  "RESPONSE_BODY",
]);

const isBelow = (path: string, parent: string) => parent === "/" || path.startsWith(`${parent}/`);

function covers(part: DocumentationLocation, thing: DocumentationLocation): boolean {
  if (part.type !== thing.type || part.name !== thing.name) return false;
  if (part.method !== thing.method && part.method !== "*") return false;
  if (part.statusCode !== thing.statusCode && part.statusCode !== "*") return false;
  if (part.path === thing.path) return true;
  return INHERITED.has(thing.type) && isBelow(thing.path ?? "/", part.path ?? "/");
}

/** How specific a part is: a longer path has precedence over a named method, and that over a named status. */
const weight = ({ path = "", method, statusCode }: DocumentationLocation): number =>
  path.split("/").filter((segment) => segment !== "").length * 4 +
  (method === "*" ? 0 : 2) +
  (statusCode === "*" ? 0 : 1);

/** DocumentationIndex finds the documentation of one part of an API. */
export class DocumentationIndex {
  readonly #byType = new Map<
    string,
    { readonly location: DocumentationLocation; readonly said: JsonObject }[]
  >();

  constructor(parts: readonly DocumentedPart[]) {
    for (const { location, properties } of parts) {
      const said: unknown = JSON.parse(properties);
      if (!isObject(said)) continue;
      const group = this.#byType.get(location.type) ?? [];
      this.#byType.set(location.type, group);
      group.push({ location, said });
    }
    for (const group of this.#byType.values()) group.sort((a, b) => weight(b.location) - weight(a.location));
  }

  /** of returns the given members of the most specific part. */
  of(thing: DocumentationLocation, members: readonly string[]): JsonObject {
    const found = this.#byType.get(thing.type)?.find(({ location }) => covers(location, thing));
    if (!found) return {};
    return Object.fromEntries(Object.entries(found.said).filter(([name]) => members.includes(name)));
  }
}
