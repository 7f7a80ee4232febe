import { PREFIX } from "../secret/sealer.ts";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** How a text is kept. Half a surrogate pair, which JSON can have, has no form in UTF-8: such a text is kept as JSON. */
export type TextForm = "text" | "sealed" | "json";

/** Shape is the form of a value: everything but its texts and numbers. */
export type Shape =
  | { readonly is: TextForm | "number" }
  | { readonly is: "constant"; readonly value: null | boolean }
  | { readonly is: "array"; readonly items: readonly Shape[] }
  | { readonly is: "object"; readonly names: readonly string[]; readonly members: readonly Shape[] };

const KEY_ID_LENGTH = 8;
/** base64 as it is written from bytes: anything else, which a user may have written, would come back as something else. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;
/** Where the data of a sealed secret begins, after the prefix, the id of its key and a colon. */
export const DATA_AT = PREFIX.length + KEY_ID_LENGTH + 1;

/** A sealed secret is kept without its prefix and in binary. */
const isSealed = (text: string): boolean =>
  text.startsWith(PREFIX) && text[DATA_AT - 1] === ":" && BASE64.test(text.slice(DATA_AT));

export function formOf(text: string): TextForm {
  if (!text.isWellFormed()) return "json";
  return isSealed(text) ? "sealed" : "text";
}

export const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

/** describe returns the same text for two values if they have the same form. */
export function describe(value: Json): string {
  if (typeof value === "string") return formOf(value)[0] as string;
  if (typeof value === "number") return "n";
  if (typeof value !== "object" || value === null) return value === null ? "0" : value ? "1" : "2";
  let text = isArray(value) ? "[" : "{";
  if (isArray(value)) for (const item of value) text += describe(item);
  else
    for (const name of Object.keys(value)) text += `${JSON.stringify(name)}${describe(value[name] as Json)}`;
  return `${text}]`;
}

/** describeShape is what `describe` returns for a value of a form. */
export function describeShape(shape: Shape): string {
  switch (shape.is) {
    case "constant":
      return describe(shape.value);
    case "array":
      return `[${shape.items.map(describeShape).join("")}]`;
    case "object":
      return `{${shape.names.map((name, i) => JSON.stringify(name) + describeShape(shape.members[i] as Shape)).join("")}]`;
    default:
      return shape.is[0] as string;
  }
}

export function shapeOf(value: Json): Shape {
  if (typeof value === "string") return { is: formOf(value) };
  if (typeof value === "number") return { is: "number" };
  if (typeof value !== "object" || value === null) return { is: "constant", value };
  if (isArray(value)) return { is: "array", items: value.map(shapeOf) };
  return { is: "object", names: Object.keys(value), members: Object.values(value).map(shapeOf) };
}
