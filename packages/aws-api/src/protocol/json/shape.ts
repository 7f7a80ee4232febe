import { CommonError, invalid } from "../../aws-error.ts";
import { checkNesting } from "../nesting.ts";

/** Shape is the type of a member. In JSON, times are seconds since 1970, and bytes are base64. */
export type Shape =
  | { readonly type: "string" | "integer" | "number" | "boolean" | "timestamp" | "blob" }
  /** Any JSON value: the service reads it itself. */
  | { readonly type: "document" }
  | { readonly type: "list" | "map"; readonly of: Shape }
  | Structure;

/** Structure is a set of members by name. Unknown members are ignored, as on AWS. */
export interface Structure {
  readonly type: "structure";
  readonly members: Readonly<Record<string, Shape>>;
  readonly required?: readonly string[];
}

type Wire = Readonly<Record<string, unknown>>;

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "LIST";
  if (typeof value === "object") return "STRUCTURE";
  return typeof value === "boolean"
    ? `${String(value).toUpperCase()}_VALUE`
    : `${typeof value}_VALUE`.toUpperCase();
}

const WANTED: Readonly<Record<Shape["type"], string>> = {
  string: "a String",
  integer: "an Integer",
  number: "a Number",
  boolean: "a Boolean",
  timestamp: "a Timestamp",
  blob: "a Blob",
  list: "a List",
  map: "a Map",
  structure: "a Structure",
  document: "a Document",
};

const mismatch = (value: unknown, { type }: Shape, at: string) =>
  new CommonError("serialization", `${kindOf(value)} at '${at}' can not be converted to ${WANTED[type]}`);

const isObject = (value: unknown): value is Wire =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function readScalar(value: unknown, shape: Shape, at: string): unknown {
  switch (shape.type) {
    case "integer":
      if (Number.isSafeInteger(value)) return value;
      break;
    case "number":
      if (typeof value === "number") return value;
      break;
    case "timestamp": {
      const date = typeof value === "number" ? new Date(value * 1000) : value;
      // Numbers that are too large for a date make one that is none.
      if (date instanceof Date && !Number.isNaN(date.getTime())) return date;
      break;
    }
    case "blob":
      if (value instanceof Uint8Array) return value;
      if (typeof value === "string" && BASE64.test(value)) return Buffer.from(value, "base64");
      break;
    case "document":
      return value;
    default:
      if (typeof value === shape.type) return value;
  }
  throw mismatch(value, shape, at);
}

/** readValue reads a JSON value according to its shape. A value of the wrong JSON type is a SerializationException. */
function readValue(value: unknown, shape: Shape, at: string): unknown {
  if (shape.type === "list") {
    if (!Array.isArray(value)) throw mismatch(value, shape, at);
    return value.map((item, i) => readValue(item, shape.of, `${at}.${i + 1}.member`));
  }
  if (shape.type !== "map" && shape.type !== "structure") return readScalar(value, shape, at);
  if (!isObject(value)) throw mismatch(value, shape, at);
  if (shape.type === "structure") return readMembers(value, shape, at);
  const entries = Object.entries(value).filter(([, item]) => item !== null);
  return Object.fromEntries(entries.map(([key, item]) => [key, readValue(item, shape.of, `${at}.${key}`)]));
}

function readMembers(value: Wire, { members, required = [] }: Structure, at: string): Wire {
  const place = (name: string) => (at === "" ? name : `${at}.${name}`);
  const missing = required.filter((name) => value[name] === undefined || value[name] === null);
  if (missing.length > 0)
    throw invalid(
      missing.map(
        (name) => `Value null at '${place(name)}' failed to satisfy constraint: Member must not be null`,
      ),
    );
  return Object.fromEntries(
    Object.entries(members).flatMap(([name, shape]) => {
      const member = value[name];
      // null means that the member is absent.
      return member === undefined || member === null ? [] : [[name, readValue(member, shape, place(name))]];
    }),
  );
}

/** readInput reads the JSON body of a request. */
export function readInput(body: Buffer, shape: Structure): Wire {
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
  } catch {
    throw new CommonError("serialization", "the body must be JSON");
  }
  if (!isObject(value)) throw new CommonError("serialization", "the body must be a JSON object");
  return readStructure(value, shape);
}

/** readStructure reads members according to a shape. Times may be dates, and bytes be bytes, where the protocol has them. */
export function readStructure(value: Wire, shape: Structure): Wire {
  checkNesting(value);
  return readMembers(value, shape, "");
}

/** writeOutput returns the JSON of a response: times are seconds since 1970, bytes are base64. */
export const writeOutput = (output: Wire): Buffer =>
  Buffer.from(
    JSON.stringify(output, function (this: Wire, name, value: unknown) {
      // The replacer gets dates and buffers only after their own toJSON, so they are read from the holder.
      const original = name === "" ? value : this[name];
      if (original instanceof Date) return original.getTime() / 1000;
      if (original instanceof Map) return Object.fromEntries(original) as unknown;
      return Buffer.isBuffer(original) ? original.toString("base64") : value;
    }),
  );
