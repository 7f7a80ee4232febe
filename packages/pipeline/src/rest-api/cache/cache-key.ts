import type { Integration } from "@tollgate/config";
import { type Fact, type Problem, problemAt } from "@tollgate/config/runtime";
import {
  compileRequestExpression,
  type Expression,
  JsonBody,
  type RequestValues,
  readsBody,
} from "@tollgate/mapping";
import type { Call } from "../../call/call.ts";
import { readWholeBody } from "../../call/request-body.ts";
import { facts } from "../../engine/facts.ts";
import type { Ports } from "../../engine/ports.ts";
import { ASIDE_FROM_CHARS, readBody } from "../../values/body-work.ts";
import { CallValues, queryPairs } from "../../values/call-values.ts";
import { compileUpstreamHeader } from "../../values/event-headers.ts";
import type { RestContext } from "../context.ts";

/** CacheKeyOf is the part of a cache's key that a call makes: one value for each parameter. */
export type CacheKeyOf = (call: Call) => readonly unknown[] | Promise<readonly unknown[]>;

interface Parameter {
  readonly expression: Expression<RequestValues>;
  /** Reads all that an upstream may see of it, what repeats and other spellings included; undefined: the expression says all. */
  readonly readAll: ((call: Call) => readonly string[]) | undefined;
  readonly source: string;
}

/** A mapped parameter is its last value, but proxies send all of them: a response is made of those. */
function compileAll(source: string): Parameter["readAll"] {
  const [, place, name = ""] =
    /^method\.request\.(header|multivalueheader|querystring|multivaluequerystring)\.(.+)$/.exec(source) ?? [];
  if (place === undefined) return undefined;
  if (place.endsWith("header")) return compileUpstreamHeader(name);
  return (call) => sentPairs(call.query, name);
}

/**
 * The pairs of a query that may set a parameter, as they were sent: an upstream may decode them otherwise than the gateway, and know no `;`
 * that separates.
 */
function sentPairs(query: string, name: string): readonly string[] {
  if (query === "") return NOTHING;
  const pairs = query.split("&");
  // Nothing of it has to be decoded or divided: a pair has the name or not.
  if (!/[%+;]/.test(query) && !name.includes("=")) return pairs.filter((sent) => isNamed(sent, name));
  return pairs.filter((sent) => queryPairs(sent).some(([key]) => key === name));
}

const NOTHING: readonly string[] = [];
const isNamed = (pair: string, name: string): boolean =>
  pair.startsWith(name) && pair !== "" && (pair.length === name.length || pair[name.length] === "=");

function compileParameter(
  name: string,
  { requestParameters }: Integration,
  { stageVariables }: RestContext,
): Parameter | Fact {
  // A mapped parameter is what its source is.
  const isMapped = name.startsWith("integration.request.");
  const source = isMapped ? requestParameters[name] : name;
  if (source === undefined) return facts.CACHE_KEY_UNMAPPED({ name });
  if (
    !isMapped &&
    !/^method\.request\.(header|querystring|path|multivaluequerystring|multivalueheader)\./.test(name)
  )
    return facts.CACHE_KEY_INVALID({ name });
  const compiled = compileRequestExpression(source, stageVariables);
  return compiled.ok
    ? { expression: compiled.value, readAll: compileAll(source), source }
    : facts.EXPRESSION_INVALID({ expression: source, reason: compiled.message });
}

/** compileCacheKey compiles an integration's cacheKeyParameters; without any all calls of a method share one entry. */
export function compileCacheKey(
  integration: Integration,
  context: RestContext,
  { bodyWork }: Pick<Ports, "bodyWork">,
  at: string,
): { ok: true; keyOf: CacheKeyOf } | { ok: false; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const parameters: Parameter[] = [];
  for (const name of [...integration.cacheKeyParameters].sort()) {
    const compiled = compileParameter(name, integration, context);
    if ("code" in compiled) problems.push(problemAt(`${at}.cacheKeyParameters`, compiled));
    else parameters.push(compiled);
  }
  if (problems.length > 0) return { ok: false, problems };
  const expressions = parameters.map(({ source }) => source).filter(readsBody);
  const partsOf = (call: Call, values: CallValues) =>
    parameters.map(({ expression, readAll }) => readAll?.(call) ?? expression(values) ?? null);
  if (parameters.length === 0) return { ok: true, keyOf: () => NOTHING };
  if (expressions.length === 0) return { ok: true, keyOf: (call) => partsOf(call, new CallValues(call)) };
  return {
    ok: true,
    keyOf: async (call) => {
      const text = (await readWholeBody(call)).toString("utf8");
      if (text.length < ASIDE_FROM_CHARS) return partsOf(call, new CallValues(call, new JsonBody(text)));
      return partsOf(call, new CallValues(call, readBody(text, await bodyWork({ text, expressions }))));
    },
  };
}
