import { XMLBuilder } from "fast-xml-parser";

export type XmlValue = string | number | boolean | Date | XmlObject | readonly XmlValue[] | undefined;
export interface XmlObject {
  readonly [name: string]: XmlValue;
}

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: "@", processEntities: true });

/** A list becomes elements named member; undefined values are left out. */
function plain(value: XmlValue): unknown {
  if (value instanceof Date) return value.toISOString().replace(/\.\d{3}Z$/, "Z");
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
