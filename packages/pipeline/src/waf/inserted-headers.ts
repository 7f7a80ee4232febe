/** How the names of headers begin that rules insert. */
export const INSERTED = "x-amzn-waf-";

/** isInsertedByWebAcl says whether a header of a call is one that a rule inserted: no client can send it. */
export const isInsertedByWebAcl = (name: string): boolean => name.toLowerCase().startsWith(INSERTED);

/** withInserted adds headers, names and values in turn: what was inserted first gives way to what has the same name (AWS WAF: custom request header insertions). */
export function withInserted(before: readonly string[], more: readonly string[]): readonly string[] {
  if (more.length === 0 || before.length === 0) return more.length === 0 ? before : more;
  const names = new Set(more.filter((_, i) => i % 2 === 0).map((name) => name.toLowerCase()));
  return [...before.filter((_, i) => !names.has((before[i - (i % 2)] as string).toLowerCase())), ...more];
}

/**
 * withoutInserted is a Connection header that names none of them: a client must not make the gateway drop, as one that belongs to the
 * connection, a header that only the gateway sends.
 */
export const withoutInserted = (connection: string): string =>
  connection
    .split(",")
    .filter((name) => !isInsertedByWebAcl(name.trim()))
    .join(",");
