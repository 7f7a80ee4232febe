import type { Expression, RequestValues } from "@tollgate/mapping";

/** MappedQuery is what a mapping adds to a query string. */
export type MappedQuery = readonly (readonly [string, Expression<RequestValues>])[];

/** QueryOverrides are query parameters that a template set, by name. */
type QueryOverrides = ReadonlyMap<string, readonly string[]>;

const NO_OVERRIDES: QueryOverrides = new Map();

/** joinQuery puts the query strings of a request together: the URI's own, the client's, then the mapped and the overriding ones. */
export function joinQuery(
  uriQuery: string,
  clientQuery: string,
  mapped: MappedQuery,
  values: RequestValues | undefined,
  overrides: QueryOverrides = NO_OVERRIDES,
): string {
  let joined = uriQuery;
  if (clientQuery !== "") joined = joined === "" ? clientQuery : `${joined}&${clientQuery}`;
  if (!values || (mapped.length === 0 && overrides.size === 0)) return joined;
  const parts = joined === "" ? [] : [joined];
  const add = (name: string, value: string) =>
    parts.push(`${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`);
  for (const [name, expression] of mapped) {
    if (overrides.has(name)) continue;
    const value = expression(values);
    const all = value === undefined ? [] : typeof value === "string" ? [value] : value;
    for (const one of all) add(name, one);
  }
  for (const [name, all] of overrides) for (const one of all) add(name, one);
  return parts.join("&");
}
