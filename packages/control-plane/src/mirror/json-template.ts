import { PREFIX } from "../secret/sealer.ts";
import { DATA_AT, type Shape } from "./json-shape.ts";
import type { PackedWriter } from "./packed-bytes.ts";

type Slot = "text" | "sealed" | "number";

/** Part is text that all values of a form have, and what follows it; undefined: the end. */
interface Part {
  readonly literal: Buffer;
  readonly slot: Slot | undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const SPACE = 0x20;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const COLON = 0x3a;
const PADDING = 0x3d;
/** So many digits are a safe integer. */
const DIGITS_MAX = 15;
const PREFIX_BYTES = Buffer.from(PREFIX);
const NO_DIGIT = 0xff;
/** The six bits of each base64 digit. */
const BITS = new Uint8Array(256).fill(NO_DIGIT);
const DIGITS = Buffer.from("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
for (const [bits, digit] of DIGITS.entries()) BITS[digit] = bits;

/** The parts of an object, as JSON.stringify writes it, without its closing bracket. There are none if a text of it is kept as JSON. */
function partsOf(shape: Shape): readonly Part[] | undefined {
  const parts: Part[] = [];
  let literal = "";
  const add = (one: Shape): boolean => {
    switch (one.is) {
      case "json":
        return false;
      case "constant":
        literal += String(one.value);
        return true;
      case "array":
        literal += "[";
        return (
          one.items.every((item, i) => {
            if (i > 0) literal += ",";
            return add(item);
          }) && close("]")
        );
      case "object":
        literal += "{";
        return (
          one.members.every((member, i) => {
            literal += `${i > 0 ? "," : ""}${JSON.stringify(one.names[i])}:`;
            return add(member);
          }) && close("}")
        );
      default: {
        const isText = one.is !== "number";
        parts.push({ literal: Buffer.from(isText ? `${literal}"` : literal), slot: one.is });
        literal = isText ? '"' : "";
        return true;
      }
    }
  };
  const close = (bracket: string): boolean => {
    literal += bracket;
    return true;
  };
  if (!add(shape)) return undefined;
  parts.push({ literal: Buffer.from(literal.slice(0, -"}".length)), slot: undefined });
  return parts;
}

/**
 * JsonTemplate packs JSON text of one form without parsing it: it compares what all texts of the form have, and copies the rest. A text that it does not
 * recognize may have the form all the same, with other white space or escapes.
 */
export class JsonTemplate {
  readonly #parts: readonly Part[];

  private constructor(parts: readonly Part[]) {
    this.#parts = parts;
  }

  /** The template of a form; undefined: it is not of objects, or a text of it is kept as JSON. */
  static of(shape: Shape): JsonTemplate | undefined {
    const parts = shape.is === "object" ? partsOf(shape) : undefined;
    return parts && new JsonTemplate(parts);
  }

  /** Writes the texts and numbers of an object whose text ends, without its closing bracket, at a place; or returns false and has written some of them. */
  write(writer: PackedWriter, text: Buffer, to: number): boolean {
    let at = 0;
    for (const { literal, slot } of this.#parts) {
      if (at + literal.length > to) return false;
      for (let i = 0; i < literal.length; i++) if (text[at + i] !== literal[i]) return false;
      at += literal.length;
      if (slot === undefined) return at === to;
      at = slot === "number" ? writeNumber(writer, text, at) : writeText(writer, text, at, slot);
      if (at < 0) return false;
    }
    return false;
  }
}

/** Returns where the number ends; -1: there is none that is as simple as most are. */
function writeNumber(writer: PackedWriter, text: Buffer, from: number): number {
  let value = 0;
  let at = from;
  for (; ; at++) {
    const digit = text[at] as number;
    if (!(digit >= DIGIT_0 && digit <= DIGIT_9)) break;
    value = value * 10 + (digit - DIGIT_0);
  }
  const next = text[at] as number;
  const isWhole = next !== 0x2e && next !== 0x65 && next !== 0x45;
  if (at === from || at - from > DIGITS_MAX || !isWhole) return -1;
  writer.number(value);
  return at;
}

/** Returns where the text ends, before its closing quote; -1: it has escapes, or is not sealed. */
function writeText(writer: PackedWriter, text: Buffer, from: number, slot: "text" | "sealed"): number {
  let to = from;
  for (; text[to] !== QUOTE; to++) {
    const byte = text[to];
    if (byte === undefined || byte === BACKSLASH || byte < SPACE) return -1;
  }
  if (slot === "text") writer.textOf(text, from, to);
  else if (!writeSealed(writer, text, from, to)) return -1;
  return to;
}

function writeSealed(writer: PackedWriter, text: Buffer, from: number, to: number): boolean {
  const dataFrom = from + DATA_AT;
  if (dataFrom > to || text[dataFrom - 1] !== COLON) return false;
  for (let i = 0; i < PREFIX_BYTES.length; i++) if (text[from + i] !== PREFIX_BYTES[i]) return false;
  writer.textOf(text, from + PREFIX_BYTES.length, dataFrom - 1);
  return writeBase64(writer, text, dataFrom, to);
}

/** Writes the bytes of base64, if it is as bytes are written. */
function writeBase64(writer: PackedWriter, text: Buffer, from: number, to: number): boolean {
  if ((to - from) % 4 !== 0) return false;
  let padding = 0;
  while (padding < 2 && to - padding > from && text[to - padding - 1] === PADDING) padding++;
  writer.count(((to - from) / 4) * 3 - padding);
  const end = to - padding;
  let bits = 0;
  let count = 0;
  for (let at = from; at < end; at++) {
    const digit = BITS[text[at] as number] as number;
    if (digit === NO_DIGIT) return false;
    bits = ((bits << 6) | digit) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    writer.byte((bits >> count) & 0xff);
  }
  // What is left of the last digit belongs to no byte.
  return (bits & ((1 << count) - 1)) === 0;
}
