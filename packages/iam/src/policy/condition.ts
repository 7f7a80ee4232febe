import { LRUCache } from "lru-cache";
import { AddressRanges, isAddressRange } from "../address/address-ranges.ts";
import { matchesArn, matchesGlob } from "./glob.ts";
import { asPlain, type PolicyRequest, resolveVariables } from "./policy-request.ts";

/** Compares one value of a request with one of the policy. */
type Compare = (given: string, wanted: string) => boolean;

interface Operator {
  readonly compare: Compare;
  readonly negated: boolean;
  /** The problem of a value in the policy. undefined: the value is valid. */
  readonly check?: (wanted: string) => string | undefined;
}

const lower = (text: string) => text.toLowerCase();
const timeOf = (text: string): number =>
  /^-?\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text);
const decimal = (text: string): number =>
  /^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text.trim()) ? Number(text) : Number.NaN;
const wantNumber = (text: string) => (Number.isNaN(decimal(text)) ? "must be a number" : undefined);
const wantDate = (text: string) =>
  Number.isNaN(timeOf(text))
    ? "must be a date such as 2026-01-31T00:00:00Z, or seconds since 1970"
    : undefined;
const wantBool = (text: string) => (/^(true|false)$/i.test(text) ? undefined : "must be true or false");

const RANGES_REMEMBERED_MAX = 10_000;
const remembered = new LRUCache<string, AddressRanges>({ max: RANGES_REMEMBERED_MAX });

/** The range that a policy names, which may come from a variable of the request; undefined: it is none. */
function rangeOf(text: string): AddressRanges | undefined {
  const known = remembered.get(text);
  if (known || !isAddressRange(text)) return known;
  const range = new AddressRanges([text]);
  remembered.set(text, range);
  return range;
}

const inRange: Compare = (given, wanted) => rangeOf(wanted)?.has(given) === true;
const wantRange = (text: string) =>
  isAddressRange(text) ? undefined : "must be an IP address or a range such as 203.0.113.0/24";

const positive = (compare: Compare, check?: Operator["check"]): Operator => ({
  compare,
  negated: false,
  ...(check ? { check } : {}),
});
const negative = (compare: Compare, check?: Operator["check"]): Operator => ({
  ...positive(compare, check),
  negated: true,
});

const numeric =
  (holds: (a: number, b: number) => boolean): Compare =>
  (a, b) =>
    holds(decimal(a), decimal(b));
const dated =
  (holds: (a: number, b: number) => boolean): Compare =>
  (a, b) =>
    holds(timeOf(a), timeOf(b));
const same = (a: number, b: number) => a === b;
const less = (a: number, b: number) => a < b;
const lessOrSame = (a: number, b: number) => a <= b;
const more = (a: number, b: number) => a > b;
const moreOrSame = (a: number, b: number) => a >= b;
const ignoringCase: Compare = (a, b) => lower(a) === lower(b);
const exactly: Compare = (a, b) => a === b;
const like: Compare = (a, b) => matchesGlob(b, a);
const arnLike: Compare = (a, b) => matchesArn(b, a);
const PATTERNS = new Set<Compare>([like, arnLike]);

/** Operators by their names in lower case (IAM User Guide: condition operators). */
const operators: Readonly<Record<string, Operator>> = {
  stringequals: positive(exactly),
  stringnotequals: negative(exactly),
  stringequalsignorecase: positive(ignoringCase),
  stringnotequalsignorecase: negative(ignoringCase),
  stringlike: positive(like),
  stringnotlike: negative(like),
  numericequals: positive(numeric(same), wantNumber),
  numericnotequals: negative(numeric(same), wantNumber),
  numericlessthan: positive(numeric(less), wantNumber),
  numericlessthanequals: positive(numeric(lessOrSame), wantNumber),
  numericgreaterthan: positive(numeric(more), wantNumber),
  numericgreaterthanequals: positive(numeric(moreOrSame), wantNumber),
  dateequals: positive(dated(same), wantDate),
  datenotequals: negative(dated(same), wantDate),
  datelessthan: positive(dated(less), wantDate),
  datelessthanequals: positive(dated(lessOrSame), wantDate),
  dategreaterthan: positive(dated(more), wantDate),
  dategreaterthanequals: positive(dated(moreOrSame), wantDate),
  bool: positive(ignoringCase, wantBool),
  binaryequals: positive(exactly),
  ipaddress: positive(inRange, wantRange),
  notipaddress: negative(inRange, wantRange),
  arnequals: positive(arnLike),
  arnlike: positive(arnLike),
  arnnotequals: negative(arnLike),
  arnnotlike: negative(arnLike),
};

/** Condition returns whether a request fulfils one line of a Condition block. */
export type Condition = (request: PolicyRequest) => boolean;

type Quantifier = "any" | "all" | undefined;

interface Name {
  readonly operator: Operator | "null";
  readonly quantifier: Quantifier;
  readonly ifExists: boolean;
}

/** readName parses the name of an operator, such as ForAnyValue:StringLikeIfExists; undefined: it does not exist. */
function readName(text: string): Name | undefined {
  const [, set, rest = ""] = /^(?:(ForAllValues|ForAnyValue):)?(.*)$/i.exec(text) ?? [];
  const ifExists = /IfExists$/i.test(rest);
  const name = lower(ifExists ? rest.slice(0, -"IfExists".length) : rest);
  const operator = name === "null" ? "null" : Object.hasOwn(operators, name) ? operators[name] : undefined;
  const quantifier = set === undefined ? undefined : lower(set) === "forallvalues" ? "all" : "any";
  return operator && { operator, quantifier, ifExists };
}

function compileTest(
  { operator, quantifier, ifExists }: Name,
  key: string,
  wanted: readonly string[],
): Condition {
  if (operator === "null")
    return (request) =>
      wanted.some((text) => (lower(text) === "true") === !request.conditionKey(key)?.length);
  const { compare, negated } = operator;
  return (request) => {
    const given = request.conditionKey(key);
    if (!given || given.length === 0)
      return ifExists || quantifier === "all" || (negated && quantifier !== "any");
    const values: string[] = [];
    for (const text of wanted) {
      const resolved = resolveVariables(text, request);
      if (resolved !== undefined) values.push(PATTERNS.has(compare) ? resolved : asPlain(resolved));
      // Nothing is known to differ from a value that is not known.
      else if (negated) return false;
    }
    const isOne = (value: string) => values.some((text) => compare(value, text)) !== negated;
    // A negated operator without a set prefix must hold for all values.
    return quantifier === "all" || (quantifier === undefined && negated)
      ? given.every(isOne)
      : given.some(isOne);
  };
}

const textsOf = (value: unknown): readonly string[] | undefined => {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.every((item) => ["string", "number", "boolean"].includes(typeof item))
    ? list.map(String)
    : undefined;
};

/** compileConditions compiles a Condition block, and passes its problems to `report`. */
export function compileConditions(
  block: unknown,
  report: (path: string, message: string) => void,
): readonly Condition[] {
  if (block === undefined) return [];
  if (typeof block !== "object" || block === null || Array.isArray(block)) {
    report(".Condition", "must be an object of operators");
    return [];
  }
  const conditions: Condition[] = [];
  for (const [operatorName, keys] of Object.entries(block)) {
    const at = `.Condition.${operatorName}`;
    const name = readName(operatorName);
    if (!name) report(at, "is not a condition operator");
    if (!name || typeof keys !== "object" || keys === null) {
      if (name) report(at, "must be an object of condition keys");
      continue;
    }
    for (const [key, value] of Object.entries(keys as Record<string, unknown>)) {
      const wanted = textsOf(value);
      if (!wanted) {
        report(`${at}.${key}`, "must be a string or a list of strings");
        continue;
      }
      const check = name.operator === "null" ? wantBool : name.operator.check;
      for (const text of wanted) {
        const problem = text.includes("${") ? undefined : check?.(text);
        if (problem) report(`${at}.${key}`, `'${text}' ${problem}`);
      }
      conditions.push(compileTest(name, lower(key), wanted));
    }
  }
  return conditions;
}
