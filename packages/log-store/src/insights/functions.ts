import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import type { Period, PeriodUnit } from "./syntax.ts";
import { isTrue, numberOf, Time, textOf, type Value } from "./value.ts";

/** ScalarFunction computes a value of one row. */
export interface ScalarFunction {
  readonly least: number;
  readonly most: number;
  readonly run: (args: readonly Value[]) => Value;
}

/** No text that is made is longer. */
const TEXT_MAX_CHARS = 1024 * 1024;

const finite = (value: number): Value => (Number.isFinite(value) ? value : undefined);

/** Of numbers; nothing where one of them is none. */
const numeric = (least: number, most: number, run: (...args: number[]) => number): ScalarFunction => ({
  least,
  most,
  run(args) {
    const numbers = args.map(numberOf);
    return numbers.includes(undefined) ? undefined : finite(run(...(numbers as number[])));
  },
});

/** Of texts; nothing where one of them is missing. */
const textual = (least: number, most: number, run: (...args: string[]) => Value): ScalarFunction => ({
  least,
  most,
  run(args) {
    const texts = args.map(textOf);
    return texts.includes(undefined) ? undefined : run(...(texts as string[]));
  },
});

const condition = (run: (value: Value) => boolean): ScalarFunction => ({
  least: 1,
  most: 1,
  run: ([value]) => run(value),
});

const isBlank = (text: string | undefined) => text === undefined || text.trim() === "";

/** Removes characters at the ends of a text: blanks, or those of a second text. */
const trimmed = (isLeft: boolean, isRight: boolean): ScalarFunction =>
  textual(1, 2, (text, characters) => {
    const given = characters === undefined ? undefined : new Set(characters.split(""));
    const isRemoved = (c: string) => given?.has(c) ?? c.trim() === "";
    let [from, to] = [0, text?.length ?? 0];
    while (isLeft && from < to && isRemoved(text?.[from] as string)) from++;
    while (isRight && from < to && isRemoved(text?.[to - 1] as string)) to--;
    return text?.slice(from, to);
  });

const UNIT_MS: Readonly<Partial<Record<PeriodUnit, number>>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
const UNIT_MONTHS: Readonly<Partial<Record<PeriodUnit, number>>> = { mo: 1, q: 3, y: 12 };

/** A multiple of a period that is not after a time, or with `isUp` not before it. Months are counted from January 1970 on. */
function rounded(unixMs: number, { count, unit }: Period, isUp: boolean): number {
  const round = isUp ? Math.ceil : Math.floor;
  const ms = (UNIT_MS[unit] ?? 0) * count;
  if (ms > 0) return round(unixMs / ms) * ms;
  const months = (UNIT_MONTHS[unit] ?? 1) * count;
  const date = new Date(unixMs);
  const since = (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
  const floor = Math.floor(since / months) * months;
  const startOf = (month: number) => Date.UTC(1970, month, 1);
  return isUp && startOf(floor) < unixMs ? startOf(floor + months) : startOf(floor);
}

/** roundedTime rounds a time to a period; nothing where it is none. */
export function roundedTime(value: Value, period: Period, isUp = false): Value {
  const unixMs = numberOf(value);
  return unixMs === undefined ? undefined : new Time(rounded(unixMs, period, isUp));
}

const isInSubnet = (isOf: (ip: string) => boolean) =>
  textual(2, 2, (ip = "", subnet = "") => {
    const [net = "", bits = ""] = subnet.split("/");
    const family = isIPv4(net) ? "ipv4" : "ipv6";
    const prefix = Number(bits);
    const isSubnet = isOf(net) && /^\d{1,3}$/.test(bits) && prefix <= (family === "ipv4" ? 32 : 128);
    if (!isSubnet || !isOf(ip)) return false;
    const list = new BlockList();
    list.addSubnet(net, prefix, family);
    return list.check(ip, isIPv4(ip) ? "ipv4" : "ipv6");
  });

const anyIp = (ip: string): boolean => isIP(ip) !== 0;

/** SCALAR_FUNCTIONS are the functions of one row by their names in lower case (AWS: Logs Insights, operations and functions). */
export const SCALAR_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  abs: numeric(1, 1, Math.abs),
  ceil: numeric(1, 1, Math.ceil),
  floor: numeric(1, 1, Math.floor),
  greatest: numeric(1, 100, Math.max),
  least: numeric(1, 100, Math.min),
  log: numeric(1, 1, Math.log),
  sqrt: numeric(1, 1, Math.sqrt),
  isempty: condition((value) => (textOf(value) ?? "") === ""),
  isblank: condition((value) => isBlank(textOf(value))),
  ispresent: condition((value) => value !== undefined),
  coalesce: { least: 1, most: 100, run: (args) => args.find((value) => value !== undefined) },
  concat: textual(1, 100, (...texts) => texts.join("").slice(0, TEXT_MAX_CHARS)),
  trim: trimmed(true, true),
  ltrim: trimmed(true, false),
  rtrim: trimmed(false, true),
  strlen: textual(1, 1, (text = "") => Array.from(text).length),
  toupper: textual(1, 1, (text) => text?.toUpperCase()),
  tolower: textual(1, 1, (text) => text?.toLowerCase()),
  substr: textual(2, 3, (text = "", from, length) => {
    const [start, count] = [numberOf(from) ?? 0, numberOf(length) ?? text.length];
    return start < 0 || count < 0 ? undefined : text.slice(start, start + count);
  }),
  replace: textual(3, 3, (text = "", search = "", by = "") =>
    search === "" || text.length * (by.length + 1) > TEXT_MAX_CHARS
      ? text
      : text.replaceAll(search, () => by),
  ),
  strcontains: textual(2, 2, (text = "", search = "") => text.includes(search)),
  frommillis: {
    least: 1,
    most: 1,
    run([value]) {
      const unixMs = numberOf(value);
      return unixMs === undefined ? undefined : new Time(unixMs);
    },
  },
  tomillis: numeric(1, 1, (unixMs) => unixMs),
  if: { least: 3, most: 3, run: ([test, yes, no]) => (isTrue(test) ? yes : no) },
  isvalidip: textual(1, 1, (ip = "") => anyIp(ip)),
  isvalidipv4: textual(1, 1, (ip = "") => isIPv4(ip)),
  isvalidipv6: textual(1, 1, (ip = "") => isIPv6(ip)),
  isipinsubnet: isInSubnet(anyIp),
  isipv4insubnet: isInSubnet(isIPv4),
  isipv6insubnet: isInSubnet(isIPv6),
};
