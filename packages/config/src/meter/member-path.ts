/** MemberPath leads to one value in a JSON document: names of members, and places in arrays. */
export type MemberPath = readonly (string | number)[];

const STEP = /\.([A-Za-z_$][\w$-]*)|\[(\d{1,6})\]|\['([^'\\]{1,200})'\]|\["([^"\\]{1,200})"\]/y;

/**
 * parseMemberPath reads a JSONPath (RFC 9535) that can match one value at most: of names and indexes only, such as $.usage.total_tokens.
 * undefined: it is none.
 */
export function parseMemberPath(text: string): MemberPath | undefined {
  if (!text.startsWith("$")) return undefined;
  const path: (string | number)[] = [];
  for (STEP.lastIndex = 1; STEP.lastIndex < text.length; ) {
    const [, name, index, quoted, doubleQuoted] = STEP.exec(text) ?? [];
    const member = name ?? quoted ?? doubleQuoted;
    if (member === undefined && index === undefined) return undefined;
    path.push(member ?? Number(index));
  }
  return path.length === 0 ? undefined : path;
}

/** valueAt is the value that a path leads to; undefined: there is none. */
export function valueAt(document: unknown, path: MemberPath): unknown {
  let value = document;
  for (const step of path) {
    if (typeof value !== "object" || value === null) return undefined;
    if (Array.isArray(value) !== (typeof step === "number") || !Object.hasOwn(value, step)) return undefined;
    value = (value as Record<string | number, unknown>)[step];
  }
  return value;
}
