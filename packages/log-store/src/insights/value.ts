/** Time is a value that results show as a date. Milliseconds since 1970. */
export class Time {
  readonly unixMs: number;

  constructor(unixMs: number) {
    this.unixMs = unixMs;
  }
}

/** Value is what a field or an expression has; undefined: nothing. Texts that are numbers count as numbers where one is needed. */
export type Value = string | number | boolean | Time | undefined;

/** No digit can be read by two parts of it: texts come from those who store events, and may be long. */
const NUMBER = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
/** What a date can have. */
const TIME_MAX_MS = 8_640_000_000_000_000;

/** owned is a value that keeps no more in memory than itself: an engine's part of a text keeps all of the text. */
export const owned = (value: Value): Value =>
  typeof value === "string" ? (JSON.parse(JSON.stringify(value)) as string) : value;

export function numberOf(value: Value): number | undefined {
  if (typeof value === "string") return NUMBER.test(value) ? Number(value) : undefined;
  if (typeof value === "boolean") return value ? 1 : 0;
  return value instanceof Time ? value.unixMs : value;
}

/** Times as dates in UTC, numbers with at most 15 digits, and truth as 1 or 0. */
export function textOf(value: Value): string | undefined {
  if (typeof value === "number")
    return Number.isFinite(value) ? String(Number(value.toPrecision(15))) : undefined;
  if (typeof value === "boolean") return value ? "1" : "0";
  if (!(value instanceof Time)) return value;
  if (Math.abs(value.unixMs) > TIME_MAX_MS) return String(value.unixMs);
  return new Date(value.unixMs).toISOString().replace("T", " ").replace("Z", "");
}

/** What a condition makes of a value: nothing, false, 0 and an empty text do not hold. */
export const isTrue = (value: Value): boolean =>
  value instanceof Time ||
  (value !== undefined && value !== false && value !== 0 && value !== "" && value !== "0");

/** equals compares numbers as numbers, truth with its words too, and anything else as text. Nothing equals nothing. */
export function equals(left: Value, right: Value): boolean {
  if (left === undefined || right === undefined) return false;
  if (typeof left === "boolean" && typeof right === "string")
    return String(left) === right || textOf(left) === right;
  if (typeof right === "boolean" && typeof left === "string") return equals(right, left);
  return compare(left, right) === 0;
}

/** compare is negative where the first is less: what is missing, then texts, then numbers. */
export function compare(left: Value, right: Value): number {
  const [a, b] = [numberOf(left), numberOf(right)];
  if (a !== undefined && b !== undefined) return a - b;
  const [rankOfLeft, rankOfRight] = [rankOf(left, a), rankOf(right, b)];
  if (rankOfLeft !== rankOfRight) return rankOfLeft - rankOfRight;
  const [first = "", second = ""] = [textOf(left), textOf(right)];
  return first < second ? -1 : first > second ? 1 : 0;
}

const rankOf = (value: Value, number: number | undefined): number => {
  if (value === undefined) return 0;
  return number === undefined ? 1 : 2;
};

const CHUNK = /\d+|\D+/y;
const isDigit = (text: string, at: number): boolean => /^\d$/.test(text[at] ?? "");

/** The digits, or what is between digits, from a place on; nothing at the end. */
function chunkAt(text: string, at: number): string {
  CHUNK.lastIndex = at;
  return CHUNK.exec(text)?.[0] ?? "";
}

/** Where the part begins in which two texts differ first. */
function differingPart(left: string, right: string): number {
  let end = 0;
  while (end < left.length && left.charCodeAt(end) === right.charCodeAt(end)) end++;
  if (end === 0) return 0;
  const isOfDigits = isDigit(left, end - 1);
  const goesOn = (text: string) => end < text.length && isDigit(text, end) === isOfDigits;
  if (!goesOn(left) && !goesOn(right)) return end;
  let start = end - 1;
  while (start > 0 && isDigit(left, start - 1) === isOfDigits) start--;
  return start;
}

/** Digits that follow each other are compared by their length, then as numbers; what is between them as text. */
function natural(left: string, right: string): number {
  const at = differingPart(left, right);
  const [one, other] = [chunkAt(left, at), chunkAt(right, at)];
  const length = isDigit(one, 0) && isDigit(other, 0) ? one.length - other.length : 0;
  if (length !== 0) return length;
  return one < other ? -1 : one > other ? 1 : 0;
}

/** sortOrder is the order of sort: what is missing, then texts by their parts, then numbers (AWS: Logs Insights, sort). */
export function sortOrder(left: Value, right: Value): number {
  const order = compare(left, right);
  if (order === 0 || rankOf(left, numberOf(left)) !== 1 || rankOf(right, numberOf(right)) !== 1) return order;
  return natural(textOf(left) ?? "", textOf(right) ?? "");
}
