/**
 * Values of the template language behave like Java's, as far as templates can observe. Integers are numbers, or bigints beyond 2^53; maps are
 * Maps in the order of insertion; null is Java's null. What Java prints, `textOf` prints.
 */
export type Value =
  | null
  | string
  | boolean
  | number
  | bigint
  | JavaDouble
  | JavaMap
  | JavaList
  | JavaEntry
  | Nothing
  | HostObject;

export type JavaMap = Map<Value, Value>;

/** SilentMap is a map of the gateway that prints as an empty string. */
export class SilentMap extends Map<Value, Value> {}

/** JavaDouble is a number with a fraction; `exact` is its exact decimal form if a double would lose digits (BigDecimal). */
export class JavaDouble {
  readonly value: number;
  readonly exact: string | undefined;
  constructor(value: number, exact?: string) {
    this.value = value;
    this.exact = exact;
  }
}

/** JavaList is a list. Lists from JSON print as JSON, others in Java's form. */
export class JavaList {
  readonly items: Value[];
  readonly fromJson: boolean;
  constructor(items: Value[], fromJson = false) {
    this.items = items;
    this.fromJson = fromJson;
  }
}

/** JavaEntry is one element of entrySet(). */
export class JavaEntry {
  readonly key: Value;
  readonly value: Value;
  constructor(key: Value, value: Value) {
    this.key = key;
    this.value = value;
  }
}

/**
 * Nothing is what is missing in API Gateway's templates: it prints as an empty string and equals both null and "". Every property
 * of it is missing too.
 */
export class Nothing {
  static readonly value = new Nothing();

  toString(): string {
    return "";
  }
}

/** HostObject is an object of the gateway, such as $input or $util. */
export abstract class HostObject {
  /** undefined: it has no such property. */
  abstract get(name: string): Value | undefined;
  /** undefined: it has no such method. */
  abstract call(name: string, args: readonly Value[], meter: Meter): Value | undefined;
  /** false if the property cannot be set. */
  set(_name: string, _value: Value): boolean {
    return false;
  }
  abstract toString(): string;
}

/** Meter bounds what one rendering may cost. `spend` throws once the budget is used up. */
export interface Meter {
  spend(steps: number): void;
  /** Charges for characters that are read or written. */
  spendOnText(chars: number): void;
}

const isIntegral = (value: Value): value is number | bigint =>
  typeof value === "number" || typeof value === "bigint";
export const isNumeric = (value: Value): value is number | bigint | JavaDouble =>
  isIntegral(value) || value instanceof JavaDouble;
export const toDouble = (value: number | bigint | JavaDouble): number =>
  value instanceof JavaDouble ? value.value : Number(value);

/** integer keeps an integer as a number where that is exact. */
export const integer = (value: bigint): number | bigint =>
  value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value;

/** doubleText is Java's Double.toString: a point always, and an exponent below 10^-3 and from 10^7 on. */
function doubleText(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
  if (value === 0) return Object.is(value, -0) ? "-0.0" : "0.0";
  const magnitude = Math.abs(value);
  if (magnitude >= 1e-3 && magnitude < 1e7) {
    const text = String(value);
    return text.includes(".") ? text : `${text}.0`;
  }
  const [mantissa = "", exponent = "0"] = value.toExponential().split("e");
  return `${mantissa.includes(".") ? mantissa : `${mantissa}.0`}E${Number(exponent)}`;
}

/** textOf is what Java's toString prints. */
export function textOf(value: Value): string {
  if (typeof value === "string") return value;
  if (value === null) return "null";
  if (typeof value !== "object") return String(value);
  if (value instanceof JavaDouble) return value.exact ?? doubleText(value.value);
  if (value instanceof Map) return mapText(value);
  if (value instanceof JavaList)
    return value.fromJson ? jsonText(value, JSON_LIST) : `[${value.items.map(textOf).join(", ")}]`;
  if (value instanceof JavaEntry) return `${textOf(value.key)}=${textOf(value.value)}`;
  return value.toString();
}

function mapText(map: JavaMap): string {
  if (map instanceof SilentMap) return "";
  let out = "";
  for (const [key, value] of map)
    out += `${out === "" ? "" : ", "}${textOf(key)}=${value === map ? "(this Map)" : textOf(value)}`;
  return `{${out}}`;
}

/** JsonStyle says which characters are escaped in JSON in addition to those that must be. */
export interface JsonStyle {
  readonly slash: boolean;
}
/** How a list prints itself: slashes are escaped. */
const JSON_LIST: JsonStyle = { slash: true };
/** How $input.json prints. */
export const JSON_TEXT: JsonStyle = { slash: false };

/* oxlint-disable no-control-regex -- JSON text escapes control characters */
const ESCAPED = /["\\\u0000-\u001f\u007f-\u009f\u2000-\u20ff]/;
const ESCAPED_ALL = /["\\\u0000-\u001f\u007f-\u009f\u2000-\u20ff]/g;
const ESCAPED_SLASH_ALL = /["\\/\u0000-\u001f\u007f-\u009f\u2000-\u20ff]/g;
/* oxlint-enable no-control-regex */
const NAMED: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};
const escapeCharacter = (c: string) =>
  NAMED[c] ?? `\\u${c.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

function jsonString(text: string, style: JsonStyle): string {
  if (!ESCAPED.test(text) && !(style.slash && text.includes("/"))) return `"${text}"`;
  return `"${text.replace(style.slash ? ESCAPED_SLASH_ALL : ESCAPED_ALL, escapeCharacter)}"`;
}

/** jsonText writes a value as compact JSON. */
export function jsonText(value: Value, style: JsonStyle): string {
  if (typeof value === "string") return jsonString(value, style);
  if (value === null || value instanceof Nothing) return "null";
  if (value instanceof Map) {
    let out = "";
    for (const [key, item] of value)
      out += `${out === "" ? "" : ","}${jsonString(textOf(key), style)}:${jsonText(item, style)}`;
    return `{${out}}`;
  }
  if (value instanceof JavaList) {
    let out = "";
    for (const item of value.items) out += `${out === "" ? "" : ","}${jsonText(item, style)}`;
    return `[${out}]`;
  }
  return value instanceof JavaEntry || value instanceof HostObject
    ? jsonString(textOf(value), style)
    : textOf(value);
}

const STEPS_A_COMPARISON = 0.25;

/** sameValue is Java's equals, with numbers of all kinds compared by value. */
export function sameValue(a: Value, b: Value, meter?: Meter): boolean {
  if (a === b) return true;
  meter?.spend(STEPS_A_COMPARISON);
  if (isNumeric(a) && isNumeric(b)) {
    if (isIntegral(a) && isIntegral(b)) return BigInt(a) === BigInt(b);
    return toDouble(a) === toDouble(b);
  }
  if (a instanceof JavaList && b instanceof JavaList)
    return (
      a.items.length === b.items.length &&
      a.items.every((item, i) => sameValue(item, b.items[i] as Value, meter))
    );
  if (a instanceof Map && b instanceof Map)
    return (
      a.size === b.size &&
      [...a].every(([key, item]) => b.has(key) && sameValue(item, b.get(key) as Value, meter))
    );
  return false;
}
