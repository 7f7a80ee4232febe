import { createHash } from "node:crypto";

/** Values as Python writes them in JSON: sorted keys, no spaces, ASCII only. */
function stable(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(stable).join(",")}]`;
  if (typeof value === "object" && value !== null)
    return `{${Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => `${stable(name)}:${stable(member)}`)
      .join(",")}}`;
  return JSON.stringify(value ?? null).replaceAll(
    /[\u007f-\uffff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** hashOf is the SHA-1 of a value as hex, which SAM uses in the names of generated resources. */
export const hashOf = (data: unknown): string =>
  createHash("sha1")
    .update(typeof data === "string" ? data : stable(data))
    .digest("hex");

const HASH_CHARS = 10;

/** logicalIdOf is the name of a generated resource: a prefix, and a hash of its content (SAM: generated resources). */
export const logicalIdOf = (prefix: string, data: unknown): string =>
  data === undefined || data === null || data === ""
    ? prefix
    : `${prefix}${hashOf(data).slice(0, HASH_CHARS)}`;
