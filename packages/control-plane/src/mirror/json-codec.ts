import { PREFIX } from "../secret/sealer.ts";
import {
  DATA_AT,
  describe,
  describeShape,
  formOf,
  isArray,
  type Json,
  type Shape,
  shapeOf,
} from "./json-shape.ts";
import { JsonTemplate } from "./json-template.ts";
import { PackedReader, PackedWriter } from "./packed-bytes.ts";

/** Most forms that are remembered: what comes after them is kept as text. */
const SHAPES_MAX = 4_096;
/** Of a form with a longer description, as of an API key with many tags, there are seldom two. */
const DESCRIPTION_MAX = 1_024;
/** How many forms a text is compared with before it is parsed: those that came last. */
const TEMPLATES_MAX = 4;

interface NumberedTemplate {
  readonly number: number;
  readonly template: JsonTemplate;
}

/**
 * JsonCodec writes JSON values that resemble each other in few bytes: their form is remembered once, and each value has a number of its form,
 * its texts and its numbers.
 */
export class JsonCodec {
  /** The forms by their description; the first is of values that are kept as text. */
  readonly #numbers = new Map<string, number>([["", 0]]);
  readonly #shapes: Shape[] = [{ is: "text" }];
  /** The one that came last is the first. */
  readonly #templates: NumberedTemplate[] = [];

  /** of is a codec that reads what one with these forms has written. */
  static of(shapes: readonly Shape[]): JsonCodec {
    const codec = new JsonCodec();
    for (const shape of shapes.slice(1)) {
      codec.#numbers.set(describeShape(shape), codec.#shapes.length);
      codec.#shapes.push(shape);
    }
    return codec;
  }

  /** The forms of what was written, which grow: values name them by their numbers. */
  get shapes(): readonly Shape[] {
    return this.#shapes;
  }

  encode(value: Json, writer: PackedWriter): void {
    this.#write(this.#numberOf(value), value, writer);
  }

  #write(number: number, value: Json, writer: PackedWriter): void {
    writer.count(number);
    if (number === 0) writer.text(JSON.stringify(value), "utf8");
    else write(writer, value);
  }

  #numberOf(value: Json): number {
    const description = describe(value);
    const known = this.#numbers.get(description);
    if (known !== undefined) return known;
    if (this.#shapes.length >= SHAPES_MAX || description.length > DESCRIPTION_MAX) return 0;
    const number = this.#shapes.length;
    this.#numbers.set(description, number);
    this.#shapes.push(shapeOf(value));
    return number;
  }

  /** encodeText writes the same as `encode` of an object whose JSON text ends, without its closing bracket, at `to`. Mostly it needs not `parse` it. */
  encodeText(text: Buffer, to: number, writer: PackedWriter, parse: () => Json): void {
    const start = writer.length;
    for (const [i, one] of this.#templates.entries()) {
      writer.count(one.number);
      if (one.template.write(writer, text, to)) {
        if (i > 0) this.#putFirst(i, one);
        return;
      }
      writer.cut(start);
    }
    const value = parse();
    const number = this.#numberOf(value);
    this.#write(number, value, writer);
    this.#remember(number);
  }

  #remember(number: number): void {
    if (number === 0) return;
    const at = this.#templates.findIndex((one) => one.number === number);
    const template = this.#templates[at]?.template ?? JsonTemplate.of(this.#shapes[number] as Shape);
    if (template) this.#putFirst(at < 0 ? TEMPLATES_MAX - 1 : at, { number, template });
  }

  /** Puts a template before all others, and removes the one at a place. */
  #putFirst(at: number, one: NumberedTemplate): void {
    this.#templates.splice(at, 1);
    this.#templates.unshift(one);
  }

  /** decode reads what the same codec has written, at a place in bytes. */
  decode(bytes: Buffer, at: number): Json {
    const reader = new PackedReader(bytes, at);
    const number = reader.count();
    return number === 0
      ? (JSON.parse(reader.text("utf8")) as Json)
      : read(reader, this.#shapes[number] as Shape);
  }
}

function write(writer: PackedWriter, value: Json): void {
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

function read(reader: PackedReader, shape: Shape): Json {
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
