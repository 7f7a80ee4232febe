import type { Integration, Problem } from "@tollgate/config";
import {
  compileResponseExpression,
  compileSelectionPattern,
  compileTemplate,
  type Expression,
  type ResponseValues,
} from "@tollgate/mapping";
import type { Call } from "../call.ts";
import type { Reply } from "../reply.ts";
import type { RouteContext } from "../route.ts";
import { contextVariable } from "./call-values.ts";

/** IntegrationAnswer is what an integration gave, before it is mapped. */
export interface IntegrationAnswer {
  /** What selectionPattern is matched against: the status code, or a function's error message. */
  readonly selectionValue: string;
  readonly header: (name: string) => readonly string[];
  readonly body: Buffer | string | undefined;
}

interface CompiledResponse {
  readonly status: number;
  /** undefined: the default response. */
  readonly pattern: RegExp | undefined;
  readonly headers: readonly (readonly [string, Expression<ResponseValues>])[];
  readonly hasContentType: boolean;
  readonly templates: ReadonlyMap<string, string>;
}

/** Mapped onto the answer these are renamed (AWS: HTTP and AWS integrations). */
const REMAPPED = new Set([
  ...[
    "connection",
    "content-length",
    "date",
    "server",
    "authorization",
    "content-md5",
    "expect",
    "host",
    "max-forwards",
  ],
  ...["proxy-authenticate", "trailer", "upgrade", "user-agent", "www-authenticate"],
]);

const headerName = (name: string) => (REMAPPED.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name);

function compileTemplates(
  templates: Readonly<Record<string, string>>,
  at: string,
  problems: Problem[],
): Map<string, string> {
  const compiled = new Map<string, string>();
  for (const [mediaType, text] of Object.entries(templates)) {
    const template = compileTemplate(text);
    if (template.ok) compiled.set(mediaType, template.value);
    else problems.push({ path: `${at}.${mediaType}`, message: template.message });
  }
  return compiled;
}

export type MapResponse = (call: Call, answer: IntegrationAnswer) => Reply | undefined;

/**
 * compileResponses compiles an integration's integrationResponses into one function from what the integration gave to the reply. It
 * returns undefined when nothing is selected and there is no default.
 */
export function compileResponses(
  responses: Integration["integrationResponses"],
  context: RouteContext,
  at: string,
): { ok: true; map: MapResponse } | { ok: false; problems: Problem[] } {
  const problems: Problem[] = [];
  const compiled: CompiledResponse[] = [];
  for (const [status, response] of Object.entries(responses)) {
    const where = `${at}.integrationResponses.${status}`;
    const pattern = response.selectionPattern
      ? compileSelectionPattern(response.selectionPattern)
      : undefined;
    if (pattern && !pattern.ok)
      problems.push({ path: `${where}.selectionPattern`, message: pattern.message });
    const headers: [string, Expression<ResponseValues>][] = [];
    for (const [target, source] of Object.entries(response.responseParameters)) {
      const expression = compileResponseExpression(source, context.stageVariables);
      if (expression.ok)
        headers.push([headerName(target.replace(/^method\.response\.header\./, "")), expression.value]);
      else problems.push({ path: `${where}.responseParameters.${target}`, message: expression.message });
    }
    compiled.push({
      status: Number(status),
      pattern: pattern?.ok ? pattern.value : undefined,
      headers,
      hasContentType: headers.some(([name]) => name.toLowerCase() === "content-type"),
      templates: compileTemplates(response.responseTemplates, `${where}.responseTemplates`, problems),
    });
  }
  if (problems.length > 0) return { ok: false, problems };
  const fallback = compiled.find((r) => r.pattern === undefined);
  const patterned = compiled.filter((r) => r.pattern !== undefined);
  return {
    ok: true,
    map: (call, answer) => {
      const selected = patterned.find((r) => r.pattern?.test(answer.selectionValue)) ?? fallback;
      return selected && render(selected, call, answer);
    },
  };
}

function acceptOf(call: Call): string {
  for (let i = call.headers.length - 2; i >= 0; i -= 2)
    if ((call.headers[i] as string).toLowerCase() === "accept") return call.headers[i + 1] as string;
  return "";
}

function render(response: CompiledResponse, call: Call, answer: IntegrationAnswer): Reply {
  const values: ResponseValues = {
    header: answer.header,
    contextVariable: (name) => contextVariable(call, name),
  };
  const headers: string[] = [];
  for (const [name, expression] of response.headers) {
    const value = expression(values);
    if (value !== undefined) headers.push(name, typeof value === "string" ? value : value.join(","));
  }
  if (!response.hasContentType) headers.push("Content-Type", "application/json");
  const { templates } = response;
  // AWS: the template of the client's Accept, else of application/json, else the first.
  const template =
    templates.size === 0
      ? undefined
      : (templates.get(acceptOf(call)) ?? templates.get("application/json") ?? [...templates.values()][0]);
  return { status: response.status, headers, body: template ?? answer.body };
}
