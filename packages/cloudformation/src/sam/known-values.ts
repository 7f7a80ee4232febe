import type { Json } from "@tollgate/openapi";
import type { Place } from "../findings.ts";
import type { Intrinsics } from "../intrinsics.ts";
import { shown } from "../shown.ts";
import { isNode } from "./node.ts";

/** The parts of a template that are known before its resources: parameters, mappings and conditions. */
export interface Known {
  readonly intrinsics: Intrinsics;
  /** Whether a name is a parameter or a pseudo parameter. */
  readonly isKnown: (name: string) => boolean;
}

/** Whether anything in a value refers to resources, which are not known yet. */
function refersToResources(value: unknown, isKnown: Known["isKnown"]): boolean {
  if (Array.isArray(value)) return value.some((item) => refersToResources(item, isKnown));
  if (!isNode(value)) return false;
  return Object.entries(value).some(([name, member]) => {
    if (name === "Ref") return typeof member === "string" && !isKnown(member);
    if (name === "Fn::GetAtt") return true;
    if (name === "Fn::Sub" && hasUnknown(Array.isArray(member) ? member[0] : member, isKnown)) return true;
    return refersToResources(member, isKnown);
  });
}

const VARIABLE = /\$\{(!?)([^}]*)\}/g;

const hasUnknown = (text: unknown, isKnown: Known["isKnown"]): boolean =>
  typeof text === "string" &&
  [...text.matchAll(VARIABLE)].some(([, literal, name = ""]) => literal === "" && !isKnown(name.trim()));

/** withKnownValues evaluates the functions that do not refer to resources; the others stay. */
export function withKnownValues(value: Json, at: Place, known: Known): Json | undefined {
  const { intrinsics, isKnown } = known;
  if (!refersToResources(value, isKnown)) return intrinsics.evaluate(value, at);
  if (Array.isArray(value))
    return (value as readonly Json[]).flatMap((item, i) => {
      const result = withKnownValues(item, [...at, shown(i)], known);
      return result === undefined ? [] : [result];
    });
  if (!isNode(value)) return value;
  const [entry, ...others] = Object.entries(value as Record<string, Json>);
  if (entry && others.length === 0 && entry[0] === "Fn::If")
    return chosen(entry[1], [...at, "Fn::If"], known);
  if (entry && others.length === 0 && entry[0] === "Fn::Sub")
    return substituted(entry[1], [...at, "Fn::Sub"], known);
  return Object.fromEntries(
    Object.entries(value as Record<string, Json>).flatMap(([name, member]): [string, Json][] => {
      const result = withKnownValues(member, [...at, name], known);
      return result === undefined ? [] : [[name, result]];
    }),
  );
}

function chosen(argument: Json, at: Place, known: Known): Json | undefined {
  const [name, yes, no] = Array.isArray(argument) ? (argument as readonly Json[]) : [];
  if (typeof name !== "string" || yes === undefined || no === undefined)
    return known.intrinsics.evaluate({ "Fn::If": argument }, at.slice(0, -1));
  const holds = known.intrinsics.conditions.holds(name, at);
  return withKnownValues(holds ? yes : no, [...at, holds ? "1" : "2"], known);
}

/** A string whose known variables are replaced; the others stay. */
function substituted(argument: Json, at: Place, known: Known): Json {
  const [template, variables] = Array.isArray(argument) ? (argument as readonly Json[]) : [argument];
  const own = isNode(variables) ? (variables as Record<string, Json>) : {};
  const text = shown(template).replaceAll(VARIABLE, (whole, literal: string, given: string) => {
    const name = given.trim();
    if (literal !== "" || Object.hasOwn(own, name) || !known.isKnown(name)) return whole;
    const value = known.intrinsics.evaluate({ Ref: name }, at);
    return Array.isArray(value) ? value.join(",") : shown(value as string);
  });
  if (Object.keys(own).length === 0) return { "Fn::Sub": text };
  const kept = withKnownValues(own, [...at, "1"], known) ?? {};
  return { "Fn::Sub": [text, kept] };
}

/** Pseudo parameters that are known to SAM when it names resources. */
const NAMED = new Set(["AWS::Region", "AWS::Partition"]);

/** withParameters replaces parameters in Ref and Fn::Sub, and leaves other functions, like SAM before it hashes values. */
export function withParameters(value: Json, known: Known): Json {
  const isNamed = (name: string) => known.isKnown(name) && (!name.startsWith("AWS::") || NAMED.has(name));
  const valueOf = (name: string) => known.intrinsics.evaluate({ Ref: name }, []) ?? null;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => withParameters(item, known));
  if (!isNode(value)) return value;
  const { Ref: name, "Fn::Sub": text } = value as Record<string, Json>;
  if (typeof name === "string" && isNamed(name)) return valueOf(name);
  if (typeof text === "string")
    return {
      "Fn::Sub": text.replaceAll(VARIABLE, (whole, literal: string, given: string) =>
        literal === "" && isNamed(given.trim()) ? shown(valueOf(given.trim()) as string) : whole,
      ),
    };
  return Object.fromEntries(
    Object.entries(value as Record<string, Json>).map(([member, item]) => [
      member,
      withParameters(item, known),
    ]),
  );
}
