import type { AwsError } from "../../aws-error.ts";
import { type JsonObject, member } from "../../protocol/rest-json/operation.ts";
import { badRequest, notFound } from "./errors.ts";

export type PatchOp = "add" | "remove" | "replace" | "copy";
type Json = Record<string, unknown>;

/** PatchRule is one row of a resource's table: a path, the operations that it allows, and their effect. */
export interface PatchRule {
  /** For example /requestParameters/{name}. {name...} matches the rest of the path. */
  readonly path: string;
  readonly ops: readonly PatchOp[];
  readonly apply: (spec: Json, step: PatchStep) => void;
}

export interface PatchStep {
  readonly op: PatchOp;
  /** As it was sent. */
  readonly path: string;
  /** The unescaped values of the {names} in the path. */
  readonly names: readonly string[];
  readonly value: string | undefined;
  readonly from: string | undefined;
}

/** The error of a resource for an operation without a rule. */
export type PatchRefusal = (operation: PatchOperation, rules: readonly PatchRule[]) => AwsError;

export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly value: string | undefined;
  readonly from: string | undefined;
}

function readOperations(body: JsonObject): readonly PatchOperation[] {
  const operations = (member(body, "patchOperations", "list") ?? []) as readonly Partial<PatchOperation>[];
  return operations.map(({ op = "", path, value, from }) => ({
    op,
    path: path ?? "",
    value: value ?? undefined,
    from: from ?? undefined,
  }));
}

const unescape = (segment: string) => segment.replaceAll("~1", "/").replaceAll("~0", "~");

/** The values of a rule's names in a path. undefined: the path does not match. */
function match(rule: string, path: string): readonly string[] | undefined {
  const wanted = rule.split("/").slice(1);
  const given = path.split("/").slice(1);
  const names: string[] = [];
  for (const [i, segment] of wanted.entries()) {
    const value = given[i];
    if (segment.endsWith("...}")) return [...names, given.slice(i).map(unescape).join("/")];
    if (value === undefined) return undefined;
    if (segment.startsWith("{")) names.push(unescape(value));
    else if (segment !== value) return undefined;
  }
  return given.length === wanted.length ? names : undefined;
}

const rulesAt = (path: string, rules: readonly PatchRule[]) => rules.filter((rule) => match(rule.path, path));

/** refusalA has the wording of most simple resources. */
export const refusalA: PatchRefusal = ({ op, path }, rules) => {
  const head = `Invalid patch path  '${path}' specified for op '${op}'.`;
  const possible = rules.filter(({ ops }) => ops.includes(op as PatchOp)).map((rule) => rule.path);
  return badRequest(
    rulesAt(path, rules).length > 0 || possible.length === 0
      ? `${head} Please choose supported operations`
      : `${head} Must be one of: [${possible.join(", ")}]`,
  );
};

/** refusalB has the wording of APIs, methods, integrations, their responses, and gateway responses. */
export const refusalB: PatchRefusal = ({ path }, rules) => {
  const ops = new Set(rulesAt(path, rules).flatMap((rule) => rule.ops));
  return badRequest(
    ops.size > 0
      ? `Invalid patch operation specified. Must be one of: [${[...ops].join(", ")}]`
      : `Invalid patch path ${path === "" ? "null" : path}`,
  );
};

/** PatchTable describes what can be patched on a resource. */
export interface PatchTable {
  readonly rules: readonly PatchRule[];
  readonly refusal: PatchRefusal;
  /** Refuses the result of all operations together. */
  readonly check?: (patched: Json) => void;
}

/** applyPatch returns a spec after the patchOperations of a body, applied in order (AWS: Patch operations). */
export function applyPatch(spec: object, body: JsonObject, options: PatchTable): Json {
  const patched = structuredClone(spec) as Json;
  for (const operation of readOperations(body)) {
    const rule = options.rules.find(
      ({ path, ops }) => ops.includes(operation.op as PatchOp) && match(path, operation.path),
    );
    if (!rule) throw options.refusal(operation, options.rules);
    const names = match(rule.path, operation.path) ?? [];
    rule.apply(patched, { ...operation, op: operation.op as PatchOp, names });
  }
  options.check?.(patched);
  return patched;
}

const last = (path: string) => path.split("/").at(-1) as string;

/** The object that contains the member of a path without names. */
function holderOf(spec: Json, path: string): Json {
  let holder = spec;
  for (const name of path.split("/").slice(1, -1))
    holder = holder[name] = { ...(holder[name] as Json | undefined) };
  return holder;
}

type Parse = (value: string) => unknown;
const asText: Parse = (value) => value;
export const parseFlag: Parse = (value) => value.toLowerCase() === "true";
export const asNumber: Parse = (value) => {
  const number = Number(value);
  if (value.trim() === "" || Number.isNaN(number))
    throw badRequest(`Invalid value '${value}': must be a number`);
  return number;
};

function memberRule(path: string, parse: Parse, ops: readonly PatchOp[]): PatchRule {
  return {
    path,
    ops,
    apply: (spec, { op, value }) => {
      const holder = holderOf(spec, path);
      if (op === "remove" || value === undefined || (value === "" && parse !== asText))
        delete holder[last(path)];
      else holder[last(path)] = parse(value);
    },
  };
}

/** required is a string that can be replaced, but not removed. */
export const required = (path: string, blank: string): PatchRule => ({
  path,
  ops: ["replace"],
  apply: (spec, { value = "" }) => {
    if (value === "") throw badRequest(blank);
    spec[last(path)] = value;
  },
});

/** text, flag and number are members that can be replaced. A flag is true for the string true in any case, and false for every other. */
export const text = (path: string, ops: readonly PatchOp[] = ["replace"]): PatchRule =>
  memberRule(path, asText, ops);
/** clearable is a string that an empty string removes. */
export const clearable = (path: string, ops: readonly PatchOp[] = ["replace", "remove"]): PatchRule =>
  memberRule(path, (value) => value, ops);
export const flag = (path: string): PatchRule => memberRule(path, parseFlag, ["replace"]);
export const number = (path: string, ops: readonly PatchOp[] = ["replace"]): PatchRule =>
  memberRule(path, asNumber, ops);

interface EntryOptions {
  readonly parse?: Parse;
  /** The error if a missing entry is replaced or removed. */
  readonly absent?: string;
  /** The error if an entry gets no value or an empty one. */
  readonly empty?: string;
}

/** entry is an entry of a map: /{map}/{name}. As on AWS, a map without entries is removed. */
export const entry = (map: string, { parse = asText, absent, empty }: EntryOptions = {}): PatchRule => ({
  path: `/${map}/{name}`,
  ops: ["add", "replace", "remove"],
  apply: (spec, { op, names, value }) => {
    const [name = ""] = names;
    const entries = { ...(spec[map] as Json | undefined) };
    if (absent !== undefined && op !== "add" && !Object.hasOwn(entries, name)) throw notFound(absent);
    if (empty !== undefined && op !== "remove" && !value) throw badRequest(empty);
    if (op === "remove") delete entries[name];
    else entries[name] = parse(value ?? "");
    if (Object.keys(entries).length > 0) spec[map] = entries;
    else delete spec[map];
  },
});

/** valueItem is a list whose items are the values of operations: add appends one, remove deletes it. */
export const valueItem = (list: string): PatchRule => ({
  path: `/${list}`,
  ops: ["add", "remove"],
  apply: (spec, { op, value = "" }) => {
    const items = ((spec[list] as string[] | undefined) ?? []).filter((item) => item !== value);
    spec[list] = op === "add" ? [...items, value] : items;
  },
});

/** pathItem is a list whose items are in the path: /{list}/{item}. */
export const pathItem = (list: string): PatchRule => ({
  path: `/${list}/{item}`,
  ops: ["add", "replace", "remove"],
  apply: (spec, { op, names: [item = ""], value = "" }) => {
    const items = ((spec[list] as string[] | undefined) ?? []).filter((one) => one !== item);
    if (op === "add") items.push(item);
    if (op === "replace") items.push(value);
    spec[list] = items;
  },
});
