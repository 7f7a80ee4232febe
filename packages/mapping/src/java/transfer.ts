import { JavaDouble, JavaList, SilentMap, textOf, type Value } from "./value.ts";

/** A value as plain data that can be sent to another thread. */
export type PlainValue =
  | null
  | string
  | boolean
  | number
  | bigint
  | { readonly kind: "double"; readonly value: number; readonly exact: string | undefined }
  | { readonly kind: "list"; readonly fromJson: boolean; readonly items: readonly PlainValue[] }
  | {
      readonly kind: "map";
      readonly silent: boolean;
      readonly entries: readonly (readonly [PlainValue, PlainValue])[];
    };

/** toPlain converts a value to plain data; what is not a string, number, list or map becomes a string. */
export function toPlain(value: Value): PlainValue {
  if (value === null || typeof value !== "object") return value;
  if (value instanceof JavaDouble) return { kind: "double", value: value.value, exact: value.exact };
  if (value instanceof JavaList)
    return { kind: "list", fromJson: value.fromJson, items: value.items.map(toPlain) };
  if (value instanceof Map)
    return {
      kind: "map",
      silent: value instanceof SilentMap,
      entries: [...value].map(([key, item]) => [toPlain(key), toPlain(item)] as const),
    };
  return textOf(value);
}

/** fromPlain is the inverse of toPlain. */
export function fromPlain(plain: PlainValue): Value {
  if (plain === null || typeof plain !== "object") return plain;
  if (plain.kind === "double") return new JavaDouble(plain.value, plain.exact);
  if (plain.kind === "list") return new JavaList(plain.items.map(fromPlain), plain.fromJson);
  const entries = plain.entries.map(([key, item]) => [fromPlain(key), fromPlain(item)] as const);
  return plain.silent ? new SilentMap(entries) : new Map(entries);
}
