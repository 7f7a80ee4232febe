import { isObject, type Json, type JsonObject } from "@tollgate/openapi";
import { javaPattern } from "@tollgate/patterns";
import type { Findings } from "./findings.ts";
import { member } from "./member.ts";
import { shown } from "./shown.ts";

/** What is shown instead of secret values. */
const MASK = "****";

/** ParameterValues are the parameters of a stack; a list if the type is one. */
export type ParameterValues = ReadonlyMap<string, string | readonly string[]>;

const asText = (value: Json | undefined) =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? shown(value)
    : undefined;

/** Types whose value is read from Systems Manager on AWS, by the name that is given. */
const SSM_VALUE = /^AWS::SSM::Parameter::Value<(.+)>$/;

const isList = (type: string) => /^(CommaDelimitedList$|List<)/.test(SSM_VALUE.exec(type)?.[1] ?? type);
const itemsOf = (text: string) => (text === "" ? [] : text.split(",").map((item) => item.trim()));

const asNumber = (bound: Json | undefined) => (bound === undefined ? undefined : Number(bound));

/** The bounds of a size as they are shown; undefined: the size is within them. */
function outside(size: number, least: number | undefined, most: number | undefined) {
  const isWithin = (least === undefined || size >= least) && (most === undefined || size <= most);
  return isWithin ? undefined : { least, most };
}

/** What keeps a value from being one of those allowed. */
function notAllowed({ AllowedValues: allowed, AllowedPattern: pattern }: JsonObject, value: string) {
  if (Array.isArray(allowed) && !(allowed as readonly Json[]).some((each) => asText(each) === value))
    return `'${value}' must be one of ${(allowed as readonly Json[]).map(asText).join(", ")}`;
  if (typeof pattern === "string" && !javaPattern(pattern).matches(value))
    return `'${value}' does not match ${pattern}`;
  return undefined;
}

/** What keeps a value from being of a parameter's type and size. */
function misfit(definition: JsonObject, type: string, value: string): string | undefined {
  const isNumber = type === "Number" || type === "List<Number>";
  if (isNumber && (value === "" || Number.isNaN(Number(value)))) return `'${value}' must be a number`;
  if (type === "Number") {
    const beyond = outside(Number(value), asNumber(definition.MinValue), asNumber(definition.MaxValue));
    return beyond && `'${value}' must be between ${beyond.least ?? "-∞"} and ${beyond.most ?? "∞"}`;
  }
  if (type === "String") {
    const beyond = outside(value.length, asNumber(definition.MinLength), asNumber(definition.MaxLength));
    return beyond && `must have ${beyond.least ?? 0} to ${beyond.most ?? "any number of"} characters`;
  }
  return undefined;
}

/** Why a value is not allowed for a parameter, in CloudFormation's terms. */
function problemOf(definition: JsonObject, type: string, value: string): string | undefined {
  const { ConstraintDescription: description } = definition;
  for (const one of isList(type) ? itemsOf(value) : [value]) {
    const problem = notAllowed(definition, one) ?? misfit(definition, type, one);
    if (problem !== undefined)
      return typeof description === "string" ? `${problem}: ${description}` : problem;
  }
  return undefined;
}

/** The given value of a parameter, else the stack's previous value, else the default. */
function textOf(
  name: string,
  definition: JsonObject,
  given: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
): string | undefined {
  const stored = member(before, name);
  return member(given, name) ?? (stored === MASK ? undefined : stored) ?? asText(definition.Default);
}

function checkedPattern(name: string, { AllowedPattern: pattern }: JsonObject, findings: Findings): boolean {
  try {
    if (typeof pattern === "string") javaPattern(pattern);
    return true;
  } catch (error) {
    findings.add("error", ["Parameters", name, "AllowedPattern"], (error as Error).message);
    return false;
  }
}

/** undefinedIn are the given values that are not those of parameters; they may be values of resources. */
export const undefinedIn = (
  definitions: JsonObject,
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(given).filter(([name]) => !Object.hasOwn(definitions, name)));

/**
 * parametersOf are the values of a template's parameters: the given ones, else the stack's previous ones, else their defaults. A
 * parameter that is missing or not allowed is a finding (AWS: CloudFormation parameters).
 */
export function parametersOf(
  definitions: JsonObject,
  given: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>>,
  findings: Findings,
): ParameterValues {
  const values = new Map<string, string | readonly string[]>();
  for (const [name, definition] of Object.entries(definitions)) {
    const at = ["Parameters", name];
    if (!isObject(definition) || typeof definition.Type !== "string") {
      findings.add("error", at, "must be an object with a Type, such as String");
      continue;
    }
    const text = textOf(name, definition, given, before);
    if (text === undefined) {
      findings.add("error", at, `has no value and no Default: set it, such as --parameter ${name}=...`);
      continue;
    }
    const { Type: type } = definition;
    if (SSM_VALUE.test(type))
      findings.add(
        "warning",
        at,
        `'${text}' is used as the value, although it may be its name in Systems Manager: give the value with --parameter ${name}=VALUE`,
      );
    const problem = checkedPattern(name, definition, findings)
      ? problemOf(definition, type, text)
      : undefined;
    if (problem !== undefined) findings.add("error", at, problem);
    values.set(name, isList(type) ? itemsOf(text) : text);
  }
  return values;
}

/** shownParameters are the values as they are stored and shown, with those of NoEcho hidden. */
export function shownParameters(definitions: JsonObject, values: ParameterValues): Record<string, string> {
  const isHidden = (name: string) => {
    const definition = definitions[name];
    return isObject(definition) && shown(definition.NoEcho) === "true";
  };
  return Object.fromEntries(
    [...values].map(([name, value]) => [
      name,
      isHidden(name) ? MASK : typeof value === "string" ? value : value.join(","),
    ]),
  );
}
