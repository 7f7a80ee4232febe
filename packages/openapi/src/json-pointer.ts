import type { Json } from "./document.ts";

/** pointerParts are the steps of a JSON pointer in a URI fragment (RFC 6901, section 6); a slash before the first is optional. */
export const pointerParts = (fragment: string): readonly string[] =>
  fragment
    .replace(/^\//, "")
    .split("/")
    .map((part) => {
      const escaped = /%[0-9a-f]{2}/i.test(part) ? decodeOrKeep(part) : part;
      return escaped.replaceAll("~1", "/").replaceAll("~0", "~");
    });

function decodeOrKeep(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** pointerOf is the JSON pointer of a path. */
export const pointerOf = (path: readonly string[]): string =>
  `/${path.map((part) => part.replaceAll("~", "~0").replaceAll("/", "~1")).join("/")}`;

/** valueAt is the value at a path through objects and lists. */
export function valueAt(root: Json, path: readonly string[]): Json | undefined {
  let value: Json | undefined = root;
  for (const part of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = (value as { readonly [key: string]: Json })[part];
  }
  return value;
}
