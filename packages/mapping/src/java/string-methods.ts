import { javaPattern } from "@tollgate/patterns";
import { javaReplacement } from "./replacement.ts";
import { integer, JavaDouble, JavaList, type Meter, Nothing, textOf, type Value } from "./value.ts";

/** JavaError is what Java would throw: the rendering fails. */
export class JavaError extends Error {}

/** A method of a Java class, called with arguments that fit. undefined: there is no method with such arguments. */
export type Method<Self> = (self: Self, args: readonly Value[], meter: Meter) => Value | undefined;

const isInteger = (value: Value | undefined): value is number => typeof value === "number";

function index(value: number, text: string, max = text.length): number {
  if (value < 0 || value > max)
    throw new JavaError(`index ${value} is out of bounds: the string has ${text.length} characters`);
  return value;
}

/** oneText creates a method with one string argument. */
const oneText =
  (call: (self: string, text: string) => Value): Method<string> =>
  (self, args) =>
    args.length === 1 && typeof args[0] === "string" ? call(self, args[0]) : undefined;

const noArguments =
  (call: (self: string) => Value): Method<string> =>
  (self, args) =>
    args.length === 0 ? call(self) : undefined;

/** trim removes what Java does: all characters up to the blank. */
const trim = (text: string): string => {
  let [start, end] = [0, text.length];
  while (start < end && text.charCodeAt(start) <= 32) start++;
  while (end > start && text.charCodeAt(end - 1) <= 32) end--;
  return text.slice(start, end);
};

/** replaceByPattern is replaceAll and replaceFirst; reading and writing the string is charged. */
function replaceByPattern(
  self: string,
  args: readonly Value[],
  meter: Meter,
  global: boolean,
): Value | undefined {
  const [pattern, replacement] = args;
  if (args.length !== 2 || typeof pattern !== "string" || typeof replacement !== "string") return undefined;
  const replace = javaReplacement(replacement);
  const compiled = javaPattern(pattern);
  meter.spendOnText(compiled.weight * self.length);
  let result = "";
  let from = 0;
  for (const { index: at, groups, named } of compiled.find(self)) {
    meter.spend(1);
    result += self.slice(from, at) + replace(groups, named);
    from = at + (groups[0] as string).length;
    if (!global) break;
  }
  result += self.slice(from);
  meter.spendOnText(result.length);
  return result;
}

/** split is String.split: empty strings at the end are dropped unless a limit keeps them, and so is an empty match at the start. */
function split(self: string, args: readonly Value[], meter: Meter): Value | undefined {
  const [pattern, limit = 0] = args;
  if (typeof pattern !== "string" || !isInteger(limit)) return undefined;
  const compiled = javaPattern(pattern);
  meter.spendOnText(compiled.weight * self.length);
  const parts: string[] = [];
  let from = 0;
  for (const { index: at, groups } of compiled.find(self)) {
    if (limit > 0 && parts.length === limit - 1) break;
    const found = groups[0] as string;
    const end = at + found.length;
    if (end === 0 || (found === "" && at >= self.length)) continue;
    parts.push(self.slice(from, at));
    from = end;
  }
  parts.push(self.slice(from));
  if (limit === 0) while (parts.length > 1 && parts.at(-1) === "") parts.pop();
  if (limit === 0 && parts.length === 1 && self !== "" && parts[0] === "") parts.pop();
  meter.spend(parts.length);
  return new JavaList(parts);
}

const HASH_WEIGHT = 4;
const hashCode = (text: string): number => {
  let hash = 0;
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0;
  return hash;
};

function indexOf(self: string, args: readonly Value[], last: boolean): Value | undefined {
  const [wanted, from] = args;
  const text =
    typeof wanted === "string" ? wanted : isInteger(wanted) ? String.fromCodePoint(wanted) : undefined;
  if (text === undefined || (from !== undefined && !isInteger(from))) return undefined;
  return last ? self.lastIndexOf(text, from) : self.indexOf(text, from);
}

/** parseWhole is Integer.parseInt; reached through an existing number, as $x.parseInt("7"). */
export function parseWhole(text: string): number | bigint {
  if (!/^[+-]?\d+$/.test(text)) throw new JavaError(`For input string: "${text}"`);
  return integer(BigInt(text.replace(/^\+/, "")));
}

export function parseFraction(text: string): JavaDouble {
  const value = Number(text.trim());
  if (text.trim() === "" || Number.isNaN(value)) throw new JavaError(`For input string: "${text}"`);
  return new JavaDouble(value);
}

/** Methods of java.lang.String. */
export const stringMethods: Readonly<Record<string, Method<string>>> = {
  length: noArguments((self) => self.length),
  isEmpty: noArguments((self) => self.length === 0),
  isBlank: noArguments((self) => self.trim() === ""),
  toLowerCase: noArguments((self) => self.toLowerCase()),
  toUpperCase: noArguments((self) => self.toUpperCase()),
  trim: noArguments(trim),
  strip: noArguments((self) => self.trim()),
  intern: noArguments((self) => self),
  hashCode: (self, args, meter) => {
    if (args.length > 0) return undefined;
    meter.spendOnText(HASH_WEIGHT * self.length);
    return hashCode(self);
  },
  concat: oneText((self, text) => self + text),
  equalsIgnoreCase: oneText((self, text) => self.toLowerCase() === text.toLowerCase()),
  endsWith: oneText((self, text) => self.endsWith(text)),
  compareTo: oneText((self, text) => {
    for (let i = 0; i < Math.min(self.length, text.length); i++)
      if (self[i] !== text[i]) return self.charCodeAt(i) - text.charCodeAt(i);
    return self.length - text.length;
  }),
  matches: (self, args, meter) => {
    if (args.length !== 1 || typeof args[0] !== "string") return undefined;
    const compiled = javaPattern(args[0]);
    meter.spendOnText(compiled.weight * self.length);
    return compiled.matches(self);
  },
  contains: oneText((self, text) => self.includes(text)),
  startsWith: (self, [text, from = 0]) =>
    typeof text === "string" && isInteger(from) ? self.startsWith(text, from) && from >= 0 : undefined,
  indexOf: (self, args) => indexOf(self, args, false),
  lastIndexOf: (self, args) => indexOf(self, args, true),
  equals: (self, [other]) =>
    other === undefined ? undefined : self === other || (self === "" && other instanceof Nothing),
  charAt: (self, [at]) => (isInteger(at) ? (self[index(at, self, self.length - 1)] as string) : undefined),
  substring: (self, args) => {
    const [from, to = self.length] = args;
    if (!isInteger(from) || !isInteger(to) || args.length > 2) return undefined;
    index(to, self);
    return self.slice(index(from, self, to), to);
  },
  subSequence: (self, [from, to]) =>
    isInteger(from) && isInteger(to) ? self.slice(index(from, self, to), index(to, self)) : undefined,
  replace: (self, [from, to], meter) => {
    if (typeof from !== "string" || typeof to !== "string") return undefined;
    meter.spendOnText(self.length);
    const result = self.replaceAll(from, () => {
      meter.spend(1);
      return to;
    });
    meter.spendOnText(result.length);
    return result;
  },
  replaceAll: (self, args, meter) => replaceByPattern(self, args, meter, true),
  replaceFirst: (self, args, meter) => replaceByPattern(self, args, meter, false),
  split,
  repeat: (self, [count], meter) => {
    if (!isInteger(count)) return undefined;
    if (count < 0) throw new JavaError(`count is negative: ${count}`);
    meter.spendOnText(self.length * count);
    return self.repeat(count);
  },
  format: (self, args) => {
    const [pattern, ...values] =
      typeof args[0] === "string" ? (args as readonly [string, ...Value[]]) : [self];
    let next = 0;
    return pattern.replace(/%([sdn%])/g, (_all, kind: string) =>
      kind === "n" ? "\n" : kind === "%" ? "%" : textOf(values[next++] ?? null),
    );
  },
};
