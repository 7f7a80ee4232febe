import type { FrozenEntity } from "@tollgate/config";
import { GATEWAY_RESPONSE_TYPES, type GatewayResponseType } from "@tollgate/config/runtime";
import { stageVariable } from "@tollgate/mapping";
import type { Call, ResponseForm } from "../call/call.ts";
import { gatewayErrors } from "../call/gateway-errors.ts";
import { lastHeader } from "../call/header-lookup.ts";
import type { Reply } from "../call/reply.ts";
import { CallValues } from "../values/call-values.ts";
import { contextVariable } from "../values/context-variables.ts";
import { headerValue } from "../values/header-value.ts";

type Spec = FrozenEntity<"GatewayResponse">["spec"];
type Read = (call: Call, values: CallValues) => string | undefined;

/** WordRefusal is a refusal as the API words it. */
export type WordRefusal = ResponseForm["refused"];

/** A name of $context, $stageVariables or $method.request; a point at its end is not part of it. */
const VARIABLE = /\$(?:\{([\w.-]+)\}|((?:context|stageVariables|method\.request)(?:\.[\w-]+)+))/g;

/** compileVariable reads context.X, stageVariables.X or method.request.PLACE.X; undefined: the text names none of them. */
function compileVariable(name: string): Read | undefined {
  const [, context] = /^context\.(.+)$/.exec(name) ?? [];
  if (context !== undefined) return (call) => contextVariable(call, context);
  const [, variable] = /^stageVariables\.(.+)$/.exec(name) ?? [];
  if (variable !== undefined)
    return (call) => stageVariable(call.route?.context.stageVariables ?? {}, variable);
  const [, place, parameter = ""] = /^method\.request\.(header|querystring|path)\.(.+)$/.exec(name) ?? [];
  if (place === "header") return (_call, values) => values.header(parameter).at(-1);
  if (place === "querystring") return (_call, values) => values.queryParameter(parameter).at(-1);
  return place === "path" ? (_call, values) => values.pathParameter(parameter) : undefined;
}

/** compileText is plain substitution, not Velocity: what is not there leaves nothing. */
function compileText(template: string): (call: Call, values: CallValues) => string {
  const parts: (string | Read)[] = [];
  let from = 0;
  for (const match of template.matchAll(VARIABLE)) {
    const read = compileVariable((match[1] ?? match[2]) as string);
    if (!read) continue;
    parts.push(template.slice(from, match.index), read);
    from = match.index + match[0].length;
  }
  parts.push(template.slice(from));
  return (call, values) =>
    parts.map((part) => (typeof part === "string" ? part : (part(call, values) ?? ""))).join("");
}

function compileHeader(expression: string): Read {
  const literal = /^'(.*)'$/s.exec(expression)?.[1];
  return literal === undefined ? (compileVariable(expression) ?? (() => undefined)) : () => literal;
}

type Render = (call: Call, reply: Reply) => Reply;

function compileResponse({ statusCode, responseParameters, responseTemplates }: Spec): Render {
  const headers = Object.entries(responseParameters).flatMap(([name, expression]) => {
    const header = /^gatewayresponse\.header\.(.+)$/.exec(name)?.[1];
    return header === undefined ? [] : [[header, compileHeader(expression)] as const];
  });
  const templates = new Map(
    Object.entries(responseTemplates).map(([mediaType, text]) => [
      mediaType,
      { mediaType, text: compileText(text) },
    ]),
  );
  const [first] = templates.values();
  return (call, reply) => {
    const values = new CallValues(call);
    const template =
      templates.get(lastHeader(call.headers, "accept")) ?? templates.get("application/json") ?? first;
    const mapped: string[] = [];
    const names = new Set<string>();
    for (const [name, read] of headers) {
      const value = read(call, values);
      if (value === undefined || value === "") continue;
      names.add(name.toLowerCase());
      mapped.push(name, headerValue(value));
    }
    const out: string[] = [];
    for (let i = 0; i < reply.headers.length; i += 2) {
      const name = reply.headers[i] as string;
      if (names.has(name.toLowerCase())) continue;
      out.push(
        name,
        template && name === "Content-Type" ? template.mediaType : (reply.headers[i + 1] as string),
      );
    }
    return {
      ...reply,
      status: statusCode === undefined ? reply.status : Number(statusCode),
      headers: [...out, ...mapped],
      body: template ? template.text(call, values) : reply.body,
    };
  };
}

/** The message of a failure behind an integration has a blank before it on AWS: 36 bytes, not 35. */
const FAILED = "Internal server error";
const FAILED_BODY = `{"message": "${FAILED}"}`;

const inWords: WordRefusal = ({ route }, reply) =>
  route?.integrationType && reply.refusal?.message === FAILED ? { ...reply, body: FAILED_BODY } : reply;

/** AWS words 413 itself whatever the API says. */
const NOT_CUSTOMISABLE = new Set<GatewayResponseType>(["REQUEST_TOO_LARGE"]);

/** compileGatewayResponses compiles the gateway responses that an API customised. A type that is not customised takes DEFAULT_4XX or 5XX. */
export function compileGatewayResponses(specs: ReadonlyMap<string, Spec>): WordRefusal {
  if (specs.size === 0) return inWords;
  const renders = new Map<string, Render>();
  for (const type of GATEWAY_RESPONSE_TYPES) {
    if (NOT_CUSTOMISABLE.has(type)) continue;
    const classDefault = gatewayErrors[type].status >= 500 ? "DEFAULT_5XX" : "DEFAULT_4XX";
    const spec = specs.get(type) ?? specs.get(classDefault);
    if (spec) renders.set(type, compileResponse(spec));
  }
  return (call, reply) => {
    const worded = inWords(call, reply);
    return renders.get(reply.refusal?.type ?? "")?.(call, worded) ?? worded;
  };
}
