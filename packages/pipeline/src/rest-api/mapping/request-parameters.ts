import { type Problem, problemAt } from "@tollgate/config/runtime";
import { compileRequestExpression, type Expression, type RequestValues, readsBody } from "@tollgate/mapping";
import { canonicalName } from "../../call/header-rules.ts";
import { facts } from "../../engine/facts.ts";
import type { MappedQuery } from "../../upstream/query-string.ts";
import { headerValue } from "../../values/header-value.ts";
import type { RestContext } from "../context.ts";
import { isContextVariable } from "../context-variables.ts";

export interface CompiledParameters {
  readonly path: ReadonlyMap<string, Expression<RequestValues>>;
  readonly query: MappedQuery;
  readonly headers: readonly (readonly [string, Expression<RequestValues>])[];
  /** The header Upgrade, which the transport sends. */
  readonly upgrade: Expression<RequestValues> | undefined;
  /** Canonical names of mapped headers: they take the place of the client's. */
  readonly headerNames: ReadonlySet<string>;
  /** An expression reads the payload. */
  readonly readsBody: boolean;
  /** A header is mapped for which AWS responds with 500. */
  readonly broken: boolean;
}

/** Mapping one of these gives 500 on AWS; mapping one of the others is dropped without a word. */
const BREAKING = new Set([
  "content-length",
  "transfer-encoding",
  "x-amzn-trace-id",
  "x-amzn-apigateway-api-id",
]);
/** For AWS integrations these break too. */
export const BREAKING_FOR_AWS: ReadonlySet<string> = new Set([
  ...BREAKING,
  "authorization",
  "connection",
  "expect",
  "proxy-authenticate",
  "te",
]);
const DROPPED = new Set(["connection", "proxy-authenticate", "te", "expect", "via", "keep-alive"]);
/** The host of an AWS service is the one that the call is signed for. */
const DROPPED_FOR_AWS = new Set([...DROPPED, "host", "upgrade"]);

/** compileParameters compiles an integration's requestParameters. */
export function compileParameters(
  parameters: Readonly<Record<string, string>>,
  context: RestContext,
  at: string,
  breaking: ReadonlySet<string> = BREAKING,
): { ok: true; value: CompiledParameters } | { ok: false; problems: Problem[] } {
  const path = new Map<string, Expression<RequestValues>>();
  const query: [string, Expression<RequestValues>][] = [];
  const headers: [string, Expression<RequestValues>][] = [];
  const problems: Problem[] = [];
  const dropped = breaking === BREAKING_FOR_AWS ? DROPPED_FOR_AWS : DROPPED;
  let broken = false;
  let upgrade: Expression<RequestValues> | undefined;
  for (const [target, source] of Object.entries(parameters)) {
    const where = `${at}.requestParameters.${target}`;
    const compiled = compileRequestExpression(source, context.stageVariables);
    if (!compiled.ok) {
      problems.push(
        problemAt(where, facts.EXPRESSION_INVALID({ expression: source, reason: compiled.message })),
      );
      continue;
    }
    const variable = /^context\.(.+)$/.exec(source)?.[1];
    if (variable !== undefined && !isContextVariable(variable))
      problems.push(problemAt(where, facts.CONTEXT_VARIABLE_UNKNOWN({ name: variable })));
    const [, place, name = ""] =
      /^integration\.request\.(?:multivalue)?(header|querystring|path)\.(.+)$/.exec(target) ?? [];
    if (place === "path") path.set(name, compiled.value);
    else if (place === "querystring") query.push([name, compiled.value]);
    else if (breaking.has(name.toLowerCase())) broken = true;
    else if (name.toLowerCase() === "upgrade" && !dropped.has("upgrade")) upgrade = compiled.value;
    else if (!dropped.has(name.toLowerCase())) headers.push([name, compiled.value]);
  }
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: {
      path,
      query,
      headers,
      upgrade,
      headerNames: new Set(headers.map(([name]) => canonicalName(name))),
      readsBody: Object.values(parameters).some(readsBody),
      broken,
    },
  };
}

/** upgradeOf is the protocol that a mapping offers to the upstream; undefined: none. */
export function upgradeOf(
  { upgrade }: CompiledParameters,
  values: RequestValues | undefined,
): string | undefined {
  const value = values && upgrade?.(values);
  return value === undefined ? undefined : headerValue(typeof value === "string" ? value : value.join(","));
}

/** pushMappedHeaders appends mapped headers whose source is there. */
export function pushMappedHeaders(
  out: string[],
  mapped: CompiledParameters["headers"],
  values: RequestValues,
): void {
  for (const [name, expression] of mapped) {
    const value = expression(values);
    if (value !== undefined) out.push(name, headerValue(typeof value === "string" ? value : value.join(",")));
  }
}
