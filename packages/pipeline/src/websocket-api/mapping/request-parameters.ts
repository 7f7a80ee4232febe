import { type Problem, problemAt } from "@tollgate/config/runtime";
import { compileRequestExpression, type Expression, type RequestValues, readsBody } from "@tollgate/mapping";
import { canonicalName } from "../../call/header-rules.ts";
import { facts } from "../../engine/facts.ts";
import type { MappedQuery } from "../../upstream/query-string.ts";
import { headerValue } from "../../values/header-value.ts";
import type { WebSocketContext } from "../context.ts";

/** CompiledParameters are what an integration's requestParameters send. */
export interface CompiledParameters {
  readonly path: ReadonlyMap<string, Expression<RequestValues>>;
  readonly query: MappedQuery;
  readonly headers: readonly (readonly [string, Expression<RequestValues>])[];
  /** Canonical names of mapped headers. */
  readonly headerNames: ReadonlySet<string>;
  /** What they read of the message. */
  readonly reads: readonly string[];
}

/** Headers of the connection to the upstream, which is the gateway's. */
const DROPPED = new Set([
  "connection",
  "content-length",
  "expect",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
  "x-amzn-apigateway-api-id",
  "x-amzn-trace-id",
]);
const TARGET = /^integration\.request\.(?:multivalue)?(header|querystring|path)\.(.+)$/;

/** compileParameters compiles requestParameters: from route.request.{header|querystring|body}, context, stageVariables or 'literal'. */
export function compileParameters(
  parameters: Readonly<Record<string, string>>,
  { stageVariables }: WebSocketContext,
  at: string,
): { ok: true; value: CompiledParameters } | { ok: false; problems: readonly Problem[] } {
  const path = new Map<string, Expression<RequestValues>>();
  const query: [string, Expression<RequestValues>][] = [];
  const headers: [string, Expression<RequestValues>][] = [];
  const problems: Problem[] = [];
  const reads: string[] = [];
  for (const [target, source] of Object.entries(parameters)) {
    const [, place, name = ""] = TARGET.exec(target) ?? [];
    const expression = source.replace(/^route\.request\./, "method.request.");
    const compiled = compileRequestExpression(expression, stageVariables);
    if (readsBody(expression)) reads.push(expression);
    if (!compiled.ok) {
      const reason = compiled.message.replaceAll("method.request.", "route.request.");
      const fact = facts.EXPRESSION_INVALID({ expression: source, reason });
      problems.push(problemAt(`${at}.requestParameters.${target}`, fact));
    } else if (place === "path") path.set(name, compiled.value);
    else if (place === "querystring") query.push([name, compiled.value]);
    else if (place === "header" && !DROPPED.has(name.toLowerCase())) headers.push([name, compiled.value]);
  }
  if (problems.length > 0) return { ok: false, problems };
  const headerNames = new Set(headers.map(([name]) => canonicalName(name)));
  return { ok: true, value: { path, query, headers, headerNames, reads } };
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
