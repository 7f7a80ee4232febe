import { JavaList, textOf, type Value } from "./java/value.ts";
import { compilePath, type JsonPath } from "./json-path/evaluate.ts";
import { JsonPathError } from "./json-path/syntax.ts";
import { type Compiled, stageVariable } from "./parameter.ts";
import type { JsonBody } from "./template/input.ts";
import { RenderError } from "./velocity/state.ts";

/** SelectionValues is what a selection expression can read. */
export interface SelectionValues {
  /** The message, or the body of a request. */
  body(): JsonBody;
  header(name: string): readonly string[];
  queryParameter(name: string): readonly string[];
  /** A dotted $context variable. */
  contextVariable(name: string): string | undefined;
  /** The integration's response; undefined: there is none yet. */
  readonly response?:
    | {
        readonly status: number;
        header(name: string): readonly string[];
        body(): JsonBody;
      }
    | undefined;
}

type Read = (values: SelectionValues) => string | undefined;

/** SelectionExpression evaluates to the key that it selects; undefined: it cannot be evaluated, since a body that it reads is not JSON. */
export interface SelectionExpression {
  (values: SelectionValues): string | undefined;
  /** What it reads of bodies, as readMember reads it: $request.body.{path} and $integration.response.body.{path}. */
  readonly reads: readonly string[];
}

/** A list prints as [item1, item2] (AWS: selection expressions); null is an empty string. */
function keyText(value: Value | undefined): string {
  if (value === undefined || value === null) return "";
  return value instanceof JavaList ? `[${value.items.map(textOf).join(", ")}]` : textOf(value);
}

function evaluate(path: JsonPath, value: Value): string {
  try {
    return keyText(path(value));
  } catch (error) {
    throw error instanceof JsonPathError ? new RenderError(error.message, { cause: error }) : error;
  }
}

type ReadBody = (body: JsonBody | undefined) => string | undefined;

/** A member of a body by its path, or the whole. `variable`: as the expression names it. */
function compileBody(rest: string, variable: string): Compiled<ReadBody> | undefined {
  if (rest === "") return { ok: true, value: (body) => body?.raw ?? "" };
  if (!/^[.[]/.test(rest)) return undefined;
  try {
    const path = compilePath(rest.startsWith(".$") ? rest.slice(1) : `$${rest}`);
    return {
      ok: true,
      value(body) {
        if (body?.members) return body.members(variable);
        const json = body?.value;
        return json === undefined ? undefined : evaluate(path, json);
      },
    };
  } catch (error) {
    if (error instanceof JsonPathError) return { ok: false, message: error.message };
    throw error;
  }
}

const last = (values: readonly string[] | undefined): string => values?.at(-1) ?? "";
const all = (values: readonly string[] | undefined): string => (values ?? []).join(",");

const BODY = /^\$(?:request|integration\.response)\.body(.*)$/s;

/** selectedMember reads what a selection expression reads of a body: $request.body.{path}; undefined: the body is not JSON. */
export function selectedMember(variable: string, body: JsonBody): string | undefined {
  const compiled = compileBody(BODY.exec(variable)?.[1] ?? "", variable);
  return compiled?.ok ? compiled.value(body) : undefined;
}

function compileRequest(rest: string): Compiled<Read> | undefined {
  if (rest.startsWith("body")) {
    const read = compileBody(rest.slice("body".length), `$request.${rest}`);
    return read?.ok ? { ok: true, value: (values) => read.value(values.body()) } : read;
  }
  const [, place, name = ""] = /^(header|querystring)\.(.+)$/s.exec(rest) ?? [];
  if (place === "header") return { ok: true, value: (values) => last(values.header(name)) };
  if (place === "querystring") return { ok: true, value: (values) => last(values.queryParameter(name)) };
  return undefined;
}

function compileResponse(rest: string): Compiled<Read> | undefined {
  if (rest === "statuscode") return { ok: true, value: ({ response }) => String(response?.status ?? "") };
  if (rest.startsWith("body")) {
    const read = compileBody(rest.slice("body".length), `$integration.response.${rest}`);
    return read?.ok ? { ok: true, value: ({ response }) => read.value(response?.body()) } : read;
  }
  const [, place, name = ""] = /^(header|multivalueheader)\.(.+)$/s.exec(rest) ?? [];
  if (place === "header") return { ok: true, value: ({ response }) => last(response?.header(name)) };
  if (place === "multivalueheader") return { ok: true, value: ({ response }) => all(response?.header(name)) };
  return undefined;
}

const KNOWN =
  "must be request.body.{path}, request.header.{name}, request.querystring.{name}, integration.response.{statuscode|header.{name}|multivalueheader.{name}|body.{path}}, context.{name} or stageVariables.{name}";

/** One variable without its $ or braces. */
function compileVariable(name: string, stageVariables: Readonly<Record<string, string>>): Compiled<Read> {
  const [, root = "", rest = ""] =
    /^(request|integration\.response|context|stageVariables)\.(.+)$/s.exec(name) ?? [];
  let compiled: Compiled<Read> | undefined;
  if (root === "context") compiled = { ok: true, value: (values) => values.contextVariable(rest) ?? "" };
  else if (root === "stageVariables") {
    const value = stageVariable(stageVariables, rest) ?? "";
    compiled = { ok: true, value: () => value };
  } else if (root !== "") compiled = root === "request" ? compileRequest(rest) : compileResponse(rest);
  if (compiled?.ok) return compiled;
  return { ok: false, message: `'$${name}' ${compiled?.message ?? KNOWN}` };
}

function keyOf(parts: readonly (string | Read)[], values: SelectionValues): string | undefined {
  let key = "";
  for (const part of parts) {
    const value = typeof part === "string" ? part : part(values);
    if (value === undefined) return undefined;
    key += value;
  }
  return key;
}

/** A literal dollar, a variable in braces, a bare variable, or a dollar that is none of these. */
const PART = /\\\$|\$\{([^}]*)\}|\$([A-Za-z][A-Za-z0-9_.[\]'"@*$-]*)|\$/g;

/**
 * compileSelectionExpression compiles an expression that selects a route, a model or a template by its key: variables as $a.b or ${a.b}, with
 * text between them; \$ is a dollar (AWS: WebSocket selection expressions). What a body does not have is an empty string.
 */
export function compileSelectionExpression(
  text: string,
  stageVariables: Readonly<Record<string, string>>,
): Compiled<SelectionExpression> {
  const parts: (string | Read)[] = [];
  const reads: string[] = [];
  let from = 0;
  for (const match of text.matchAll(PART)) {
    parts.push(text.slice(from, match.index));
    from = match.index + match[0].length;
    const name = match[1] ?? match[2];
    if (match[0] === "\\$") parts.push("$");
    else if (name === undefined) return { ok: false, message: `'${text}': write \\$ for a dollar` };
    else {
      const compiled = compileVariable(name, stageVariables);
      if (!compiled.ok) return compiled;
      parts.push(compiled.value);
      if (BODY.test(`$${name}`)) reads.push(`$${name}`);
    }
  }
  parts.push(text.slice(from));
  const all = parts.filter((part) => part !== "");
  const [only = ""] = all;
  const select: Read =
    all.length > 1 ? (values) => keyOf(all, values) : typeof only === "string" ? () => only : only;
  return { ok: true, value: Object.assign((values: SelectionValues) => select(values), { reads }) };
}
