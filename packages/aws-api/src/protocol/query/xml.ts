import { XMLBuilder } from "fast-xml-parser";
import { Double } from "../double.ts";

export type XmlValue =
  | string
  | number
  | boolean
  | Date
  | Double
  | ReadonlyMap<string, unknown>
  | XmlObject
  | readonly XmlValue[]
  | undefined;
export interface XmlObject {
  readonly [name: string]: XmlValue;
}

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: "@", processEntities: true });

/** A list becomes elements named member, and a map entries with key and value; undefined values are left out. */
function plain(value: XmlValue): unknown {
  if (value instanceof Date) return value.toISOString().replace(/\.\d{3}Z$/, "Z");
  if (value instanceof Double) return Number.isInteger(value.value) ? value.value.toFixed(1) : value.value;
  if (value instanceof Map)
    return { entry: [...value].map(([key, item]) => ({ key, value: plain(item as XmlValue) })) };
  if (Array.isArray(value)) return { member: value.map(plain) };
  if (typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, item]) =>
      item === undefined ? [] : [[name, plain(item as XmlValue)] as const],
    ),
  );
}

/** xmlText returns a document with one root element. */
export const xmlText = (name: string, namespace: string, content: XmlObject): string =>
  builder.build({ [name]: { "@xmlns": namespace, ...(plain(content) as object) } });
