import { DEFAULT_ROUTE, type Problem, problemAt, type WebSocketIntegration } from "@tollgate/config";
import { compileSelectionPattern, JsonBody } from "@tollgate/mapping";
import type { Pattern } from "@tollgate/patterns";
import type { Call } from "../../call/call.ts";
import { deny } from "../../call/errors.ts";
import type { Reply } from "../../call/reply.ts";
import { facts } from "../../engine/facts.ts";
import { headerOf } from "../../upstream/fetch-whole.ts";
import { type ContentHandling, requestPayload } from "../../values/payload.ts";
import type { BuildInput } from "../integrations/build-input.ts";
import { MessageValues } from "../message-values.ts";
import { compileTemplates, type Templates } from "./templates.ts";

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
  return {
    pattern: pattern?.ok ? pattern.value : undefined,
    templates,
    handling: response.contentHandlingStrategy,
  };
}

function rendered(
  call: Call,
  { templates, handling }: CompiledResponse,
  result: IntegrationResult,
): Buffer | string {
  const { status, headers, body = NOTHING } = result;
  const text = body.toString(handling === "CONVERT_TO_TEXT" ? "base64" : "utf8");
  const json = new JsonBody(text);
  const values = new MessageValues(call, { status, header: headerOf(headers), body: () => json });
  const out = templates.choose(values)?.(values.templateValues(json)) ?? text;
  return handling === "CONVERT_TO_BINARY" ? requestPayload(Buffer.from(out), false, handling).bytes : out;
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
  at,
}: BuildInput):
  | { ok: true; map: (call: Call, result: IntegrationResult) => Reply }
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
      const found = patterns.find(({ pattern }) => pattern?.matches(selectionValue)) ?? otherwise;
      if (found) return { status, headers: result.headers, body: rendered(call, found, result) };
      const hasFailed = status >= 300 || !["", String(status)].includes(selectionValue);
      return mustMatch || hasFailed ? noMatch : { status, headers: [], body: undefined };
    },
  };
}
