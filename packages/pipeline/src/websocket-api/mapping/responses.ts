import type { WebSocketIntegration } from "@tollgate/config";
import { DEFAULT_ROUTE, type Problem, problemAt } from "@tollgate/config/runtime";
import {
  compileResponseExpression,
  compileSelectionPattern,
  type Expression,
  JsonBody,
  type ResponseValues,
  readsBody,
} from "@tollgate/mapping";
import type { Pattern } from "@tollgate/patterns";
import type { Call } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import { facts } from "../../engine/facts.ts";
import { andThen, type Late } from "../../engine/late.ts";
import type { Ports } from "../../engine/ports.ts";
import { headerOf } from "../../upstream/fetch-whole.ts";
import { headerValue } from "../../values/header-value.ts";
import { type ContentHandling, requestPayload } from "../../values/payload.ts";
import { selectedResponses } from "../../values/selected-responses.ts";
import type { BuildInput } from "../integrations/build-input.ts";
import { type BodyReads, bodyReadsOf, MessageValues } from "../message-values.ts";
import { asSent } from "./as-sent.ts";
import { compileTemplates, render, type Templates } from "./templates.ts";

/** IntegrationResult is what an integration gave, before it is mapped. */
export interface IntegrationResult {
  /** What the keys of responses are matched against: the status code, or a function's error message. */
  readonly selectionValue: string;
  readonly status: number;
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly body: Buffer | undefined;
}

type IntegrationResponse = WebSocketIntegration["integrationResponses"][string];

interface CompiledResponse {
  /** undefined: $default. */
  readonly pattern: Pattern | undefined;
  readonly templates: Templates;
  readonly handling: ContentHandling;
  readonly headers: readonly (readonly [string, Expression<ResponseValues>])[];
  /** What they and the choice of a template read of bodies. */
  readonly reads: BodyReads;
}

const noMatch = deny("API_CONFIGURATION_ERROR");
const NOTHING = Buffer.alloc(0);

function compileResponse(
  response: IntegrationResponse,
  stageVariables: Readonly<Record<string, string>>,
  at: string,
  problems: Problem[],
): CompiledResponse {
  const { integrationResponseKey: key, responseTemplates, templateSelectionExpression } = response;
  const pattern = key === DEFAULT_ROUTE ? undefined : compileSelectionPattern(key.slice(1, -1));
  if (pattern?.ok === false)
    problems.push(
      problemAt(`${at}.integrationResponseKey`, facts.PATTERN_INVALID({ reason: pattern.message })),
    );
  const templates = compileTemplates(
    {
      templates: responseTemplates,
      expression: templateSelectionExpression,
      stageVariables,
      member: "responseTemplates",
      at,
    },
    problems,
  );
  const { headers, headerReads } = compileHeaders(response.responseParameters, stageVariables, at, problems);
  return {
    pattern: pattern?.ok ? pattern.value : undefined,
    templates,
    handling: response.contentHandlingStrategy,
    headers,
    reads: bodyReadsOf([...templates.reads, ...headerReads]),
  };
}

/** The header of the response to a handshake that a parameter sets. */
const RESPONSE_HEADER = /^(?:route|method)\.response\.header\.([!#$%&'*+.^_`|~0-9A-Za-z-]+)$/;

const TARGETS = "must be route.response.header.{name} or method.response.header.{name}";

/** Headers of the connection to the client, which is the gateway's. */
const OWN_HEADER =
  /^(?:connection|content-length|content-encoding|date|keep-alive|sec-websocket-(?:accept|extensions|version)|te|trailer|transfer-encoding|upgrade)$/i;

/** Parameters of a response (AWS: responseParameters of an integration response). Only a handshake has a response with headers. */
function compileHeaders(
  parameters: Readonly<Record<string, string>>,
  stageVariables: Readonly<Record<string, string>>,
  at: string,
  problems: Problem[],
): { readonly headers: CompiledResponse["headers"]; readonly headerReads: readonly string[] } {
  const headers: [string, Expression<ResponseValues>][] = [];
  const headerReads: string[] = [];
  for (const [target, source] of Object.entries(parameters)) {
    const name = RESPONSE_HEADER.exec(target)?.[1];
    const compiled = compileResponseExpression(source, stageVariables);
    const place = `${at}.responseParameters.${target}`;
    if (name === undefined)
      problems.push(
        problemAt(place, facts.EXPRESSION_INVALID({ expression: target, reason: `'${target}' ${TARGETS}` })),
      );
    else if (!compiled.ok)
      problems.push(
        problemAt(place, facts.EXPRESSION_INVALID({ expression: source, reason: compiled.message })),
      );
    else if (!OWN_HEADER.test(name)) headers.push([name, compiled.value]);
    if (readsBody(source)) headerReads.push(source);
  }
  return { headers, headerReads };
}

const headersOf = ({ headers }: CompiledResponse, values: ResponseValues): string[] =>
  headers.flatMap(([name, expression]) => {
    const value = expression(values);
    return value === undefined
      ? []
      : [name, headerValue(typeof value === "string" ? value : value.join(","))];
  });

/** Of what an upstream sent, the sub-protocol goes to the client without being mapped. */
const protocolOf = (header: (name: string) => readonly string[]): string[] =>
  header("Sec-WebSocket-Protocol")
    .slice(0, 1)
    .flatMap((value) => ["Sec-WebSocket-Protocol", value]);

/** What leaves of a result by a response: the mapped body and headers. */
function mapped(
  call: Call,
  response: CompiledResponse,
  result: IntegrationResult,
  ports: Pick<Ports, "bodyWork">,
): Late<Reply> {
  const { templates, handling, reads } = response;
  const { status, headers, body = NOTHING } = result;
  const text = body.toString(handling === "CONVERT_TO_TEXT" ? "base64" : "utf8");
  const json = new JsonBody(text);
  const header = headerOf(headers);
  const given = new MessageValues(call, { status, header, body: () => json });
  return andThen(given.readFor(reads, ports), (values) => {
    const read = values.response?.body() ?? json;
    const own = headersOf(response, {
      header,
      contextVariable: (name) => values.contextVariable(name),
      body: () => read,
    });
    const template = templates.choose(values);
    const bodyOf = (out: string) =>
      handling === "CONVERT_TO_BINARY" ? requestPayload(Buffer.from(out), false, handling).bytes : out;
    return andThen(template ? render(template, values, json, ports) : undefined, (out) => ({
      status,
      headers: [...own, ...protocolOf(header)],
      body: out === undefined && handling === undefined ? asSent(body) : bodyOf(out ?? text),
    }));
  });
}

/**
 * compileResponses compiles an integration's responses (AWS: WebSocket integration responses). Where none of them matches, an integration that
 * succeeded is enough for a message whose sender gets no response; all else fails.
 */
export function compileResponses({
  integration: { integrationResponses },
  context: { stageVariables },
  role,
  isTwoWay,
  ports,
  at,
}: BuildInput):
  | { ok: true; map: (call: Call, result: IntegrationResult) => Late<Reply> }
  | { ok: false; problems: readonly Problem[] } {
  const problems: Problem[] = [];
  const compiled = Object.entries(integrationResponses).map(([id, response]) =>
    compileResponse(response, stageVariables, `${at}.integrationResponses.${id}`, problems),
  );
  if (problems.length > 0) return { ok: false, problems };
  const patterns = compiled.filter(({ pattern }) => pattern);
  const otherwise = compiled.find(({ pattern }) => !pattern);
  const mustMatch = role === "connect" || isTwoWay;
  return {
    ok: true,
    map(call, result) {
      const { selectionValue, status } = result;
      return andThen(selectedResponses(patterns, selectionValue, ports), ([found = otherwise]) => {
        if (found) return mapped(call, found, result, ports);
        const hasFailed = status >= 300 || !["", String(status)].includes(selectionValue);
        return mustMatch || hasFailed ? noMatch : { status, headers: [], body: undefined };
      });
    },
  };
}
