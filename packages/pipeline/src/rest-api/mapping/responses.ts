import type { Integration, IntegrationResponse } from "@tollgate/config";
import { type Problem, problemAt } from "@tollgate/config/runtime";
import {
  compileResponseExpression,
  compileSelectionPattern,
  type Expression,
  InvalidJson,
  JsonBody,
  type Overrides,
  type ResponseValues,
  readsBody,
  type Template,
} from "@tollgate/mapping";
import type { Pattern } from "@tollgate/patterns";
import type { Call } from "../../call/call.ts";
import { inStep } from "../../call/call-trace.ts";
import { deny, Refused } from "../../call/errors.ts";
import { lastHeader } from "../../call/header-lookup.ts";
import type { Reply } from "../../call/reply.ts";
import { facts } from "../../engine/facts.ts";
import { andThen } from "../../engine/late.ts";
import type { Ports } from "../../engine/ports.ts";
import { compileBinaryMatcher, mediaTypeOf } from "../../values/binary-media.ts";
import { type BodyResult, hereOrAside, readBody, renderedBy } from "../../values/body-work.ts";
import { factsOf, restoreOverrides } from "../../values/call-facts.ts";
import { CallValues } from "../../values/call-values.ts";
import { contextVariable } from "../../values/context-variables.ts";
import { headerValue } from "../../values/header-value.ts";
import { payloadText, responsePayload, templateText } from "../../values/payload.ts";
import { templateOf } from "../../values/request-template.ts";
import { selectedResponses } from "../../values/selected-responses.ts";
import { overridesOf, restStateOf, writtenOverrides } from "../call-state.ts";
import type { RestContext } from "../context.ts";
import { readResponseOverrides, replaceHeaders } from "./overrides.ts";

/** IntegrationResult is what an integration gave, before it is mapped. */
export interface IntegrationResult {
  /** What selectionPattern is matched against: the status code, or a function's error message. */
  readonly selectionValue: string;
  /** Status of the endpoint's response, for the log. */
  readonly status: number;
  readonly header: (name: string) => readonly string[];
  readonly contentType: string;
  readonly body: Buffer | undefined;
}

interface ResponseTemplate {
  readonly text: string;
  readonly render: Template;
}

interface CompiledResponse {
  readonly status: number;
  /** undefined: the default response. */
  readonly pattern: Pattern | undefined;
  readonly headers: readonly (readonly [string, Expression<ResponseValues>])[];
  readonly hasContentType: boolean;
  readonly templates: ReadonlyMap<string, ResponseTemplate>;
  /** Sources of headers that read the body. */
  readonly bodyExpressions: readonly string[];
  readonly contentHandling: IntegrationResponse["contentHandling"];
}

/** Mapped onto the response these are renamed (AWS: HTTP and AWS integrations). */
const REMAPPED = new Set([
  "connection",
  "content-length",
  "date",
  "server",
  "authorization",
  "content-md5",
  "expect",
  "host",
  "max-forwards",
  "proxy-authenticate",
  "trailer",
  "upgrade",
  "user-agent",
  "www-authenticate",
]);
const DROPPED = new Set(["transfer-encoding"]);

const headerName = (name: string) => (REMAPPED.has(name.toLowerCase()) ? `x-amzn-Remapped-${name}` : name);

const noMatch = deny("API_CONFIGURATION_ERROR");
const NOTHING = Buffer.alloc(0);

function compileResponse(
  status: string,
  response: IntegrationResponse,
  context: RestContext,
  where: string,
  problems: Problem[],
): CompiledResponse {
  const { responseParameters = {}, responseTemplates = {} } = response;
  const pattern = response.selectionPattern ? compileSelectionPattern(response.selectionPattern) : undefined;
  if (pattern && !pattern.ok)
    problems.push(problemAt(`${where}.selectionPattern`, facts.PATTERN_INVALID({ reason: pattern.message })));
  const headers: [string, Expression<ResponseValues>][] = [];
  for (const [target, source] of Object.entries(responseParameters)) {
    const expression = compileResponseExpression(source, context.stageVariables);
    const name = target.replace(/^method\.response\.(multivalue)?header\./, "");
    if (!expression.ok)
      problems.push(
        problemAt(
          `${where}.responseParameters.${target}`,
          facts.EXPRESSION_INVALID({ expression: source, reason: expression.message }),
        ),
      );
    else if (!DROPPED.has(name.toLowerCase())) headers.push([headerName(name), expression.value]);
  }
  const templates = new Map<string, ResponseTemplate>();
  for (const [mediaType, text] of Object.entries(responseTemplates))
    templates.set(mediaType, { text, render: templateOf(text) });
  return {
    status: Number(status),
    pattern: pattern?.ok ? pattern.value : undefined,
    headers,
    hasContentType: headers.some(([name]) => name.toLowerCase() === "content-type"),
    templates,
    bodyExpressions: Object.values(responseParameters).filter(readsBody),
    contentHandling: response.contentHandling,
  };
}

/** MapResponse turns what an integration gave into the reply. */
export type MapResponse = (
  call: Call,
  given: IntegrationResult,
  request: CallValues | undefined,
) => Reply | Promise<Reply>;

/**
 * compileResponses compiles an integration's integrationResponses. Where nothing is selected and there is no default the call is refused
 * with API_CONFIGURATION_ERROR.
 */
export function compileResponses(
  responses: Integration["integrationResponses"],
  context: RestContext,
  ports: Pick<Ports, "bodyWork">,
  at: string,
): { ok: true; map: MapResponse } | { ok: false; problems: Problem[] } {
  const problems: Problem[] = [];
  const compiled = Object.entries(responses).map(([status, response]) =>
    compileResponse(status, response, context, `${at}.integrationResponses.${status}`, problems),
  );
  if (problems.length > 0) return { ok: false, problems };
  const fallback = compiled.find((r) => r.pattern === undefined);
  const patterned = compiled.filter((r) => r.pattern !== undefined);
  const isBinary = compileBinaryMatcher(context.binaryMediaTypes);
  return {
    ok: true,
    map: (call, given, request) =>
      andThen(selectedResponses(patterned, given.selectionValue, ports), (matching) => {
        // Of several, the one whose own status it is; else the first.
        const own = matching.find((r) => String(r.status) === given.selectionValue);
        const selected = own ?? matching[0] ?? fallback;
        if (selected) return render(selected, call, given, request, { isBinary, ports });
        call.log?.fail(
          `Execution failed due to configuration error: No match for output mapping and no default output mapping configured. Endpoint Response Status Code: ${given.status}`,
        );
        throw new Refused(noMatch, "no integration response is selected");
      }),
  };
}

/** AWS: the template of the client's Accept, else of application/json, else the first. */
const chooseTemplate = (
  templates: CompiledResponse["templates"],
  accept: string,
): ResponseTemplate | undefined =>
  templates.size === 0
    ? undefined
    : (templates.get(accept) ?? templates.get("application/json") ?? templates.values().next().value);

function render(
  response: CompiledResponse,
  call: Call,
  { header, contentType, body }: IntegrationResult,
  request: CallValues | undefined,
  { isBinary, ports }: { isBinary: (mediaType: string) => boolean; ports: Pick<Ports, "bodyWork"> },
): Reply | Promise<Reply> {
  const accept = lastHeader(call.headers, "accept");
  const binary = isBinary(mediaTypeOf(contentType));
  const payload = responsePayload(
    body ?? NOTHING,
    { binary, accepted: body !== undefined && isBinary(mediaTypeOf(accept)) },
    response.contentHandling,
  );
  const template = chooseTemplate(response.templates, accept);
  const headersOf = (body_: () => JsonBody) =>
    mapHeaders(response, { header, contextVariable: (name) => contextVariable(call, name), body: body_ });
  const replyOf = (headers: string[], body_: string | Buffer): Reply => {
    const reply: Reply = { status: response.status, headers, body: body_ };
    const overrides = restStateOf(call)?.overrides;
    return overrides ? overridden(reply, overrides) : reply;
  };
  const written = writtenOverrides(call);
  const replyAside = () => {
    restoreOverrides(overridesOf(call), written);
    const text = template ? templateText(payload) : payloadText(payload);
    return renderAside({ call, text, template, response, request }, ports).then((result) =>
      replyOf(
        headersOf(() => readBody(text, result)),
        template ? renderedBy(result) : payload.bytes,
      ),
    );
  };
  let json: JsonBody | undefined;
  const parsed = () => (json ??= new JsonBody(payloadText(payload)));
  const replyHere = (): Reply => {
    if (!template) return replyOf(headersOf(parsed), payload.bytes);
    json = new JsonBody(templateText(payload));
    const headers = headersOf(parsed);
    const values = (request ?? new CallValues(call)).templateValues(parsed(), overridesOf);
    return replyOf(headers, template.render(values));
  };
  const isRead = template !== undefined || response.bodyExpressions.length > 0;
  if (!isRead) return replyHere();
  return inStep(call.traced, "mapping", () => hereOrAside(payload.bytes.length, replyHere, replyAside));
}

interface ReadAnswer {
  readonly call: Call;
  readonly text: string;
  readonly template: ResponseTemplate | undefined;
  readonly response: CompiledResponse;
  readonly request: CallValues | undefined;
}

/** A response is read, and its template rendered, beside the event loop. */
async function renderAside(
  { call, text, template, response, request }: ReadAnswer,
  { bodyWork }: Pick<Ports, "bodyWork">,
): Promise<BodyResult> {
  const result = await bodyWork({
    text,
    expressions: response.bodyExpressions,
    ...(template
      ? {
          template: {
            text: template.text,
            call: factsOf(call, request ?? new CallValues(call), overridesOf(call)),
          },
        }
      : {}),
  });
  if (result.overrides) restoreOverrides(overridesOf(call), result.overrides);
  return result;
}

const invalidBody = deny("DEFAULT_5XX", { errorType: "InternalFailureException" });

/** A body of a backend that should be JSON but is not is the backend's fault, not the client's. */
function evaluate(
  expression: Expression<ResponseValues>,
  values: ResponseValues,
): ReturnType<typeof expression> {
  try {
    return expression(values);
  } catch (error) {
    if (error instanceof InvalidJson) throw new Refused(invalidBody, error.message);
    throw error;
  }
}

function mapHeaders(response: CompiledResponse, values: ResponseValues): string[] {
  const headers: string[] = [];
  for (const [name, expression] of response.headers) {
    const value = evaluate(expression, values);
    if (value !== undefined)
      headers.push(name, headerValue(typeof value === "string" ? value : value.join(",")));
  }
  if (!response.hasContentType) headers.push("Content-Type", "application/json");
  return headers;
}

function overridden(reply: Reply, overrides: Overrides): Reply {
  const { headers, status } = readResponseOverrides(overrides);
  return {
    ...reply,
    status: status ?? reply.status,
    headers: replaceHeaders(reply.headers, headers, headerName),
  };
}
