import { PREFIX } from "../secret/sealer.ts";

/** Most forms that are remembered: what comes after them is kept as text. */
const SHAPES_MAX = 4_096;
/** Of a form with a longer description, as of an API key with many tags, there are seldom two. */
const DESCRIPTION_MAX = 1_024;
const KEY_ID_LENGTH = 8;

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** How a text is kept. Half a surrogate pair, which JSON can have, has no form in UTF-8: such a text is kept as JSON. */
type TextForm = "text" | "sealed" | "json";

/** Shape is the form of a value: everything but its texts and numbers. */
type Shape =
  | { readonly is: TextForm | "number" }
  | { readonly is: "constant"; readonly value: null | boolean }
  | { readonly is: "array"; readonly items: readonly Shape[] }
  | { readonly is: "object"; readonly names: readonly string[]; readonly members: readonly Shape[] };

/** Writer appends to a buffer that grows. */
class Writer {
  #bytes = Buffer.allocUnsafe(1024);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  get bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(count: number): number {
    const at = this.#length;
    this.#length += count;
    if (this.#length > this.#bytes.length)
      this.#bytes = Buffer.concat([this.#bytes], Math.max(this.#length, this.#bytes.length * 2));
    return at;
  }

  #byte(value: number): void {
    const at = this.#reserve(1);
    this.#bytes[at] = value;
  }

  /** A count in as many bytes as it needs. */
  count(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.#byte((rest & 0x7f) | 0x80);
    this.#byte(rest);
  }

  number(value: number): void {
    const at = this.#reserve(8);
    this.#bytes.writeDoubleLE(value, at);
  }

  text(value: string, encoding: "utf8" | "base64"): void {
    const length = Buffer.byteLength(value, encoding);
    this.count(length);
    const at = this.#reserve(length);
    this.#bytes.write(value, at, length, encoding);
  }
}

class Reader {
  readonly #bytes: Buffer;
  #at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  count(): number {
    let value = 0;
    for (let factor = 1; ; factor *= 0x80) {
      const byte = this.#bytes[this.#at++] as number;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
    }
  }

  number(): number {
    this.#at += 8;
    return this.#bytes.readDoubleLE(this.#at - 8);
  }

  text(encoding: "utf8" | "base64"): string {
    const length = this.count();
    this.#at += length;
    return this.#bytes.toString(encoding, this.#at - length, this.#at);
  }
}

/** base64 as it is written from bytes: anything else, which a user may have written, would come back as something else. */
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/;
const DATA_AT = PREFIX.length + KEY_ID_LENGTH + 1;

/** A sealed secret is kept without its prefix and in binary. */
const isSealed = (text: string): boolean =>
  text.startsWith(PREFIX) && text[DATA_AT - 1] === ":" && BASE64.test(text.slice(DATA_AT));

function formOf(text: string): TextForm {
  if (!text.isWellFormed()) return "json";
  return isSealed(text) ? "sealed" : "text";
}

/**
 * JsonCodec writes JSON values that resemble each other in few bytes: their form is remembered once, and each value has a number of its form,
 * its texts and its numbers.
 */
export class JsonCodec {
  /** The forms by their description; the first is of values that are kept as text. */
  readonly #numbers = new Map<string, number>([["", 0]]);
  readonly #shapes: Shape[] = [{ is: "text" }];
  readonly #writer = new Writer();

  /** encode returns bytes that are valid until the next call. */
  encode(value: Json): Buffer {
    const description = describe(value);
    let number = this.#numbers.get(description);
    if (number === undefined) {
      const isKept = this.#shapes.length < SHAPES_MAX && description.length <= DESCRIPTION_MAX;
      number = isKept ? this.#shapes.length : 0;
      if (number > 0) {
        this.#numbers.set(description, number);
        this.#shapes.push(shapeOf(value));
      }
    }
    this.#writer.clear();
    this.#writer.count(number);
    if (number === 0) this.#writer.text(JSON.stringify(value), "utf8");
    else write(this.#writer, value);
    return this.#writer.bytes;
  }

  /** decode reads what the same codec has written, at a place in bytes. */
  decode(bytes: Buffer, at: number): Json {
    const reader = new Reader(bytes, at);
    const number = reader.count();
    return number === 0
      ? (JSON.parse(reader.text("utf8")) as Json)
      : read(reader, this.#shapes[number] as Shape);
  }
}

const isArray = (value: Json): value is readonly Json[] => Array.isArray(value);

/** Two values have one description if they have the same form. */
function describe(value: Json): string {
  if (typeof value === "string") return formOf(value)[0] as string;
  if (typeof value === "number") return "n";
  if (typeof value !== "object" || value === null) return value === null ? "0" : value ? "1" : "2";
  let text = isArray(value) ? "[" : "{";
  if (isArray(value)) for (const item of value) text += describe(item);
  else
    for (const name of Object.keys(value)) text += `${JSON.stringify(name)}${describe(value[name] as Json)}`;
  return `${text}]`;
}

function shapeOf(value: Json): Shape {
  if (typeof value === "string") return { is: formOf(value) };
  if (typeof value === "number") return { is: "number" };
  if (typeof value !== "object" || value === null) return { is: "constant", value };
  if (isArray(value)) return { is: "array", items: value.map(shapeOf) };
  return { is: "object", names: Object.keys(value), members: Object.values(value).map(shapeOf) };
}

function write(writer: Writer, value: Json): void {
  if (typeof value === "number") return writer.number(value);
  if (typeof value === "string") {
    const form = formOf(value);
    if (form !== "sealed") return writer.text(form === "json" ? JSON.stringify(value) : value, "utf8");
    writer.text(value.slice(PREFIX.length, DATA_AT - 1), "utf8");
    return writer.text(value.slice(DATA_AT), "base64");
  }
  if (typeof value !== "object" || value === null) return;
  for (const one of isArray(value) ? value : Object.values(value)) write(writer, one);
}

function read(reader: Reader, shape: Shape): Json {
  switch (shape.is) {
    case "text":
      return reader.text("utf8");
    case "json":
      return JSON.parse(reader.text("utf8")) as string;
    case "number":
      return reader.number();
    case "sealed":
      return `${PREFIX}${reader.text("utf8")}:${reader.text("base64")}`;
    case "constant":
      return shape.value;
    case "array":
      return shape.items.map((item) => read(reader, item));
    case "object":
      return Object.fromEntries(
        shape.names.map((name, i) => [name, read(reader, shape.members[i] as Shape)]),
      );
  }
}
