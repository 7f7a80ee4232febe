import { havingMember } from "./candidates.ts";
import { type Comparison, type Condition, compileComparison, compileConditions } from "./conditions.ts";
import type { LogPattern } from "./log-pattern.ts";
import type { Scanner } from "./scanner.ts";

/** Selector leads to values by members, elements, or every element. */
interface Selector {
  readonly steps: readonly { readonly kind: "member" | "element" | "each"; readonly key: string | number }[];
}

function readSelector(scanner: Scanner): Selector {
  scanner.expect("$");
  const steps: { kind: "member" | "element" | "each"; key: string | number }[] = [];
  for (;;) {
    const member = scanner.match(/\.[^\s.[\]{}()=!<>&|,"']+/y);
    if (member !== undefined) {
      steps.push({ kind: "member", key: member.slice(1) });
      continue;
    }
    const bracket = scanner.match(/\[(\d+|\*|'[^']*'|"[^"]*")\]/y)?.slice(1, -1);
    if (bracket === undefined) break;
    if (bracket === "*") steps.push({ kind: "each", key: "each" });
    else if (/^\d/.test(bracket)) steps.push({ kind: "element", key: Number(bracket) });
    else steps.push({ kind: "member", key: bracket.slice(1, -1) });
  }
  if (steps.length === 0) scanner.fail("a selector such as $.status");
  return { steps };
}

/** The values that a selector leads to; several only with [*]. */
function valuesOf(event: unknown, { steps }: Selector): readonly unknown[] {
  let values: readonly unknown[] = [event];
  for (const { kind, key } of steps)
    values = values.flatMap((value) => {
      if (kind === "member")
        return isObject(value) && Object.hasOwn(value, String(key)) ? [value[String(key)]] : [];
      if (!Array.isArray(value)) return [];
      if (kind === "each") return value as unknown[];
      return (key as number) < value.length ? [value[key as number]] : [];
    });
  return values;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const CONSTANTS: Readonly<Record<string, unknown>> = { NULL: null, TRUE: true, FALSE: false };

function compileCondition(scanner: Scanner): Condition<unknown> {
  const selector = readSelector(scanner);
  scanner.skipSpaces();
  if (scanner.match(/NOT\s+EXISTS\b/iy)) return { test: (event) => valuesOf(event, selector).length === 0 };
  const constant = scanner.match(/IS\s+(NULL|TRUE|FALSE)\b/iy);
  if (constant !== undefined) {
    const wanted = CONSTANTS[constant.split(/\s+/)[1]?.toUpperCase() ?? ""];
    return conditionOf(selector, { fits: (value) => value === wanted, isRegex: false });
  }
  return conditionOf(selector, compileComparison(scanner, { fromText: false, ends: "}" }));
}

/** One of the values that a selector leads to fits. */
function conditionOf(selector: Selector, { fits, isRegex, text }: Comparison): Condition<unknown> {
  const last = selector.steps.at(-1);
  const isNamed = last?.kind === "member" && !isRegex;
  return {
    test: (event) => valuesOf(event, selector).some(fits),
    candidates: isNamed ? havingMember({ name: String(last.key), fits, text }) : undefined,
  };
}

function parsed(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

/** compileJson compiles `{ $.member = value && ... }`. An event that is not JSON never matches; what is missing matches nothing but NOT EXISTS. */
export function compileJson(scanner: Scanner): LogPattern {
  scanner.expect("{");
  const { test, candidates } = compileConditions(scanner, compileCondition);
  scanner.expect("}");
  scanner.skipSpaces();
  if (!scanner.isAtEnd) scanner.fail("the end");
  return {
    candidates,
    matches(message) {
      // Most events of other kinds are told without reading them.
      if (!/^\s*[[{]/.test(message)) return false;
      const event = parsed(message);
      return event !== undefined && test(event);
    },
  };
}
