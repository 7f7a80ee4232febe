import { deny } from "../errors.ts";
import { valuesOf } from "./call-values.ts";
import { failureReply } from "./failure.ts";
import { fetchWhole } from "./fetch-whole.ts";
import type { BuildInput, BuildOutcome, IntegrationOf } from "./registry.ts";
import { isReply, readWholeBody } from "./request-body.ts";
import { compileParameters, joinQuery, pushMappedHeaders } from "./request-parameters.ts";
import { compileRequestTemplates } from "./request-template.ts";
import { compileResponses } from "./responses.ts";
import { compileUri } from "./upstream-uri.ts";

const brokenMapping = deny("API_CONFIGURATION_ERROR");
const invalidUri = deny("DEFAULT_5XX");
const noResponse = deny("API_CONFIGURATION_ERROR");
/** Methods that an integration sends without a body. */
const BODILESS = new Set(["GET", "HEAD", "OPTIONS"]);

/** http calls an upstream with what is mapped and nothing else, and maps what comes back. */
export function http({ integration, context, ports, at }: BuildInput<IntegrationOf<"HTTP">>): BuildOutcome {
  const parameters = compileParameters(integration.requestParameters, context, at);
  const templates = compileRequestTemplates(integration, at);
  const responses = compileResponses(integration.integrationResponses, context, at);
  const uri = compileUri(
    integration.uri,
    context.stageVariables,
    parameters.ok ? parameters.value.path : new Map(),
    at,
  );
  if (!parameters.ok || !templates.ok || !responses.ok || !uri.ok)
    return {
      ok: false,
      problems: [parameters, templates, responses, uri].flatMap((part) => (part.ok ? [] : part.problems)),
    };
  if (parameters.value.broken) return { ok: true, integrate: () => brokenMapping };
  const { query, headers: mapped, headerNames } = parameters.value;

  return {
    ok: true,
    integrate: async (call) => {
      const choice = templates.choose(call.contentType);
      if (choice && "refusal" in choice) return choice.refusal;
      const values = valuesOf(call);
      const target = uri.resolve(values);
      if (!target) return invalidUri;
      const body = await readWholeBody(call);
      if (isReply(body)) return body;
      const method = integration.httpMethod === "ANY" ? call.method : integration.httpMethod;
      const bodiless = BODILESS.has(method);
      call.beginIntegration(performance.now(), target.origin);
      const headers: string[] = [];
      pushMappedHeaders(headers, mapped, values);
      if (!headerNames.has("accept")) headers.push("Accept", "application/json");
      if (!headerNames.has("content-type") && !bodiless)
        headers.push("Content-Type", call.contentType || "application/json");
      if (!headerNames.has("user-agent")) headers.push("User-Agent", `AmazonAPIGateway_${context.restApiId}`);
      headers.push("X-Amzn-Apigateway-Api-Id", context.restApiId, "X-Amzn-Trace-Id", call.traceHeader());
      const queryString = joinQuery(target.query, "", query, values);
      const answer = await fetchWhole(ports.transport, {
        origin: target.origin,
        path: queryString === "" ? target.path : `${target.path}?${queryString}`,
        method,
        headers,
        body: bodiless ? undefined : choice ? Buffer.from(choice.text) : body,
        timeoutMs: integration.timeoutInMillis,
      });
      if (typeof answer === "string") {
        call.endIntegration(performance.now(), failureReply[answer].status);
        return failureReply[answer];
      }
      call.endIntegration(performance.now(), answer.status);
      const header = (name: string) =>
        answer.headers.filter((_value, i) => i % 2 === 1 && answer.headers[i - 1] === name);
      const reply = responses.map(call, { selectionValue: String(answer.status), header, body: answer.body });
      return reply
        ? { ...reply, headers: [...reply.headers, "X-Amzn-Trace-Id", call.traceHeader()] }
        : noResponse;
    },
  };
}
