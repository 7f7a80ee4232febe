import { compileRequestExpression, JsonBody, type RequestValues, stageVariable } from "@tollgate/mapping";
import type { Call } from "../../call/call.ts";
import { HeaderRule, headerRule } from "../../call/header-rules.ts";
import { queryPairs } from "../../values/call-values.ts";
import { forwardedHeaders } from "../../values/gateway-headers.ts";
import { httpContextValue } from "../context-variables.ts";

/** So much of a body is looked at (AWS: body mapping works on the first 100 KB). */
const BODY_MAX_BYTES = 100 * 1024;

/** Responded is what the mapping of a response can read of the upstream's response. */
export interface Responded {
  readonly headers: readonly string[];
  /** undefined: it streams by. */
  readonly body: Buffer | undefined;
}

/** Selection evaluates an expression; undefined: what it names is not there. */
export type Selection = (call: Call, responded: Responded | undefined) => string | undefined;

export interface CompiledSelection {
  readonly select: Selection;
  readonly readsRequestBody: boolean;
  readonly readsResponseBody: boolean;
}

type Compiled =
  | ({ readonly ok: true } & CompiledSelection)
  | { readonly ok: false; readonly message: string };

/** Values of a header in any case, joined; undefined: it is not there. */
function joinedHeader(headers: readonly string[], name: string): string | undefined {
  const lower = name.toLowerCase();
  const values = headers.filter((_value, i) => i % 2 === 1 && headers[i - 1]?.toLowerCase() === lower);
  return values.length === 0 ? undefined : values.join(",");
}

/** What the gateway says of the connection is its own, whatever the client sent. */
const headerOfRequest = (name: string): Selection =>
  headerRule(name) & HeaderRule.FORWARDED
    ? (call) => joinedHeader(forwardedHeaders(call).flat(), name)
    : (call) => joinedHeader(call.headers, name);

const bodyText = (body: Buffer | undefined): string =>
  body?.subarray(0, BODY_MAX_BYTES).toString("utf8") ?? "";

/** A member of a body by its path behind "body"; the whole where there is none. */
function compileBody(path: string): ((text: string) => string | undefined) | string {
  if (/\.\.|\?\(/.test(path)) return "may hold neither .. nor a filter";
  const compiled = compileRequestExpression(`method.request.body${path}`, {});
  if (!compiled.ok) return compiled.message;
  return (text) => {
    const body = new JsonBody(text);
    if (path !== "" && body.value === undefined) return undefined;
    const value = compiled.value({ body: () => body } as RequestValues);
    return typeof value === "string" ? value : value?.join(",");
  };
}

const selection = (select: Selection, reads: Partial<CompiledSelection> = {}): Compiled => ({
  ok: true,
  select,
  readsRequestBody: false,
  readsResponseBody: false,
  ...reads,
});

function compileRequestVariable(rest: string): Compiled | undefined {
  const [, place = "", name = ""] = /^(header|querystring|path|body)(?:\.?(.*))$/s.exec(rest) ?? [];
  switch (place) {
    case "header":
      return name === "" ? undefined : selection(headerOfRequest(name));
    case "querystring":
      return selection((call) => {
        const values = queryPairs(call.query).flatMap(([key, value]) => (key === name ? [value] : []));
        return values.length === 0 ? undefined : values.join(",");
      });
    case "path":
      return name === ""
        ? selection((call) => call.path)
        : selection((call) => call.parameterValues[call.route?.parameterNames.indexOf(name) ?? -1]);
    case "body": {
      const read = compileBody(rest.slice("body".length));
      if (typeof read === "string") return { ok: false, message: read };
      return selection((call) => read(bodyText(call.wholeBody)), { readsRequestBody: true });
    }
    default:
      return undefined;
  }
}

function compileResponseVariable(rest: string): Compiled | undefined {
  const header = /^header\.(.+)$/.exec(rest)?.[1];
  if (header !== undefined)
    return selection((_call, responded) => responded && joinedHeader(responded.headers, header));
  if (!/^body([.[]|$)/.test(rest)) return undefined;
  const read = compileBody(rest.slice("body".length));
  if (typeof read === "string") return { ok: false, message: read };
  return selection((_call, responded) => read(bodyText(responded?.body)), { readsResponseBody: true });
}

/** One variable without its $ or braces. */
function compileVariable(
  text: string,
  variables: Readonly<Record<string, string>>,
  ofResponse: boolean,
): Compiled {
  const [, root = "", rest = ""] = /^(request|response|context|stageVariables)\.(.+)$/s.exec(text) ?? [];
  if (root === "context") return selection((call) => httpContextValue(call, rest));
  if (root === "stageVariables") {
    const value = stageVariable(variables, rest);
    return selection(() => value);
  }
  const compiled =
    root === "request"
      ? compileRequestVariable(rest)
      : root === "response" && ofResponse
        ? compileResponseVariable(rest)
        : undefined;
  if (compiled?.ok) return compiled;
  const known = ofResponse
    ? "$response.header.{name}, $response.body.{path}, $request.…, $context.{name} or $stageVariables.{name}"
    : "$request.{header|querystring|path}.{name}, $request.path, $request.body.{path}, $context.{name} or $stageVariables.{name}";
  return { ok: false, message: `'$${text}' ${compiled?.message ?? `must be ${known}`}` };
}

const WHOLE = /^\$((?:request|response|context|stageVariables)\.[^\s${}]+)$/s;
const PART = /\$\{([^}]+)\}/g;

/** compileSelection compiles the value of a parameter mapping: a string, a variable, or both with the variables in ${} (AWS: parameter mapping for HTTP APIs). */
export function compileSelection(
  text: string,
  variables: Readonly<Record<string, string>>,
  ofResponse: boolean,
): Compiled {
  const whole = WHOLE.exec(text)?.[1];
  if (whole !== undefined) return compileVariable(whole, variables, ofResponse);
  const parts: (string | CompiledSelection)[] = [];
  let from = 0;
  for (const match of text.matchAll(PART)) {
    const compiled = compileVariable(match[1] as string, variables, ofResponse);
    if (!compiled.ok) return compiled;
    parts.push(text.slice(from, match.index), compiled);
    from = match.index + match[0].length;
  }
  parts.push(text.slice(from));
  const readers = parts.filter((part) => typeof part !== "string");
  return selection(
    (call, responded) =>
      parts.map((part) => (typeof part === "string" ? part : (part.select(call, responded) ?? ""))).join(""),
    {
      readsRequestBody: readers.some((part) => part.readsRequestBody),
      readsResponseBody: readers.some((part) => part.readsResponseBody),
    },
  );
}
