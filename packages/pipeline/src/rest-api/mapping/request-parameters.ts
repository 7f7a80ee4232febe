import type { Problem } from "@tollgate/config";
import { compileRequestExpression, readsBody, type Expression, type RequestValues } from "@tollgate/mapping";
import type { RouteContext } from "../../engine/route.ts";
import { isContextVariable } from "../../values/context-variables.ts";

export interface CompiledParameters {
  readonly path: ReadonlyMap<string, Expression<RequestValues>>;
  readonly query: readonly (readonly [string, Expression<RequestValues>])[];
  readonly headers: readonly (readonly [string, Expression<RequestValues>])[];
  /** Lower-cased names of mapped headers: they take the place of the client's. */
  readonly headerNames: ReadonlySet<string>;
  /** An expression reads the payload. */
  readonly readsBody: boolean;
  /** A header is mapped that AWS answers 500 for. */
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
  ...["authorization", "connection", "expect", "proxy-authenticate", "te"],
]);
const DROPPED = new Set([
  "connection",
  "proxy-authenticate",
  "te",
  "expect",
  "via",
  "upgrade",
  "keep-alive",
  "trailer",
]);

/** compileParameters compiles an integration's requestParameters. */
export function compileParameters(
  parameters: Readonly<Record<string, string>>,
  context: RouteContext,
  at: string,
  breaking: ReadonlySet<string> = BREAKING,
): { ok: true; value: CompiledParameters } | { ok: false; problems: Problem[] } {
  const path = new Map<string, Expression<RequestValues>>();
  const query: [string, Expression<RequestValues>][] = [];
  const headers: [string, Expression<RequestValues>][] = [];
  const problems: Problem[] = [];
  let broken = false;
  for (const [target, source] of Object.entries(parameters)) {
    const where = `${at}.requestParameters.${target}`;
    const compiled = compileRequestExpression(source, context.stageVariables);
    if (!compiled.ok) {
      problems.push({ path: where, message: compiled.message });
      continue;
    }
    const variable = /^context\.(.+)$/.exec(source)?.[1];
    if (variable !== undefined && !isContextVariable(variable))
      problems.push({ path: where, message: `there is no context variable '${variable}'` });
    const [, place, name = ""] =
      /^integration\.request\.(?:multivalue)?(header|querystring|path)\.(.+)$/.exec(target) ?? [];
    if (place === "path") path.set(name, compiled.value);
    else if (place === "querystring") query.push([name, compiled.value]);
    else if (breaking.has(name.toLowerCase())) broken = true;
    else if (!DROPPED.has(name.toLowerCase())) headers.push([name, compiled.value]);
  }
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    value: {
      path,
      query,
      headers,
      headerNames: new Set(headers.map(([name]) => name.toLowerCase())),
      readsBody: Object.values(parameters).some(readsBody),
      broken,
    },
  };
}

/** QueryOverrides are query parameters that a template set, by name. */
type QueryOverrides = ReadonlyMap<string, readonly string[]>;

const NO_OVERRIDES: QueryOverrides = new Map();

/** joinQuery puts the query strings of a request together: the URI's own, the client's, then the mapped and the overriding ones. */
export function joinQuery(
  uriQuery: string,
  clientQuery: string,
  mapped: CompiledParameters["query"],
  values: RequestValues | undefined,
  overrides: QueryOverrides = NO_OVERRIDES,
): string {
  let joined = uriQuery;
  if (clientQuery !== "") joined = joined === "" ? clientQuery : `${joined}&${clientQuery}`;
  if (!values || (mapped.length === 0 && overrides.size === 0)) return joined;
  const parts = joined === "" ? [] : [joined];
  const add = (name: string, value: string) =>
    parts.push(`${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`);
  for (const [name, expression] of mapped) {
    if (overrides.has(name)) continue;
    const value = expression(values);
    const all = value === undefined ? [] : typeof value === "string" ? [value] : value;
    for (const one of all) add(name, one);
  }
  for (const [name, all] of overrides) for (const one of all) add(name, one);
  return parts.join("&");
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

/** What no header may hold is left out: a mapped value must not be able to split the message. */
export const headerValue = (value: string): string => value.replace(/[^\t\x20-\x7e\x80-\xff]/g, "");
