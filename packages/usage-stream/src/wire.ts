import { type DescField, ScalarType } from "@bufbuild/protobuf";

/** Wire types of the protocol buffer encoding. */
const VARINT = 0;
const LENGTH_DELIMITED = 2;
const BIT32 = 5;

function wireTypeOf(field: DescField): number {
  if (field.fieldKind === "enum") return VARINT;
  if (field.fieldKind !== "scalar" || field.scalar === ScalarType.STRING) return LENGTH_DELIMITED;
  return field.scalar === ScalarType.FIXED32 ? BIT32 : VARINT;
}

/** tagOf is the byte before a field's value. Its numbers come from proto/, so that the hand-written encoding always matches it. */
export function tagOf(field: DescField): number {
  const tag = longTagOf(field);
  if (tag > 0x7f) throw new Error(`field ${field.name} has number ${field.number}: its tag is not one byte`);
  return tag;
}

/** longTagOf is the tag of a field that may have any number: it is written as a varint. */
export const longTagOf = (field: DescField): number => (field.number << 3) | wireTypeOf(field);

/** putVarint writes a non-negative integer below 2^53 and returns where it ends. */
export function putVarint(out: Buffer, at: number, value: number): number {
  let rest = value;
  let position = at;
  while (rest >= 0x8000_0000) {
    out[position++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  while (rest >= 0x80) {
    out[position++] = (rest & 0x7f) | 0x80;
    rest >>>= 7;
  }
  out[position++] = rest;
  return position;
}

/** varintBytes is how many bytes putVarint writes. */
export function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) count++;
  return count;
}
