import { type Problem, problemAt } from "@tollgate/config/runtime";
import type { Call } from "../../call/call.ts";
import { deny, Refused } from "../../call/errors.ts";
import { facts } from "../../engine/facts.ts";
import { callUpstream } from "../../upstream/call-upstream.ts";
import type { WholeResponse } from "../../upstream/fetch-whole.ts";
import { joinQuery } from "../../upstream/query-string.ts";
import { compileEndpoint } from "../../upstream/upstream-endpoint.ts";
import { compileUri } from "../../upstream/upstream-uri.ts";
import type { Payload } from "../../values/payload.ts";
import { compileParameters, pushMappedHeaders } from "../mapping/request-parameters.ts";
import type { MessageValues } from "../message-values.ts";
import type { BuildInput } from "./build-input.ts";

const unreachable = deny("API_CONFIGURATION_ERROR");
const invalidUri = deny("DEFAULT_5XX");
/** Methods that an integration sends without a body. */
const BODILESS: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Passed is what of a handshake goes to the upstream besides what is mapped. */
export interface Passed {
  /** Names and values alternate. */
  readonly headers: readonly string[];
  readonly query: string;
}

/** Target is the upstream of an HTTP integration. */
export interface Target {
  /** What its parameters read of a message. */
  readonly reads: readonly string[];
  /** send sends a payload to it, with parameters of the values. */
  send(values: MessageValues, payload: Payload, passed?: Passed): Promise<WholeResponse>;
}

const NOTHING: Passed = { headers: [], query: "" };

/** compileTarget compiles where an HTTP integration leads, and what its requestParameters send along. */
export function compileTarget(
  { integration, context, ports, at }: BuildInput,
  integrationUri: string,
): ({ ok: true } & Target) | { ok: false; problems: readonly Problem[] } {
  const parameters = compileParameters(integration.requestParameters, context, at);
  const endpoint = compileEndpoint(integration, context, at);
  const path = parameters.ok ? parameters.value.path : new Map();
  const uri = compileUri(integrationUri, context.stageVariables, { path, overridable: !parameters.ok });
  const unsourced = uri.ok
    ? []
    : uri.unsourced.map((name) => problemAt(`${at}.integrationUri`, facts.URI_PART_UNSOURCED({ name })));
  if (!parameters.ok || !endpoint.ok || !uri.ok)
    return {
      ok: false,
      problems: [...[parameters, endpoint].flatMap((part) => (part.ok ? [] : part.problems)), ...unsourced],
    };
  const { headers: mapped, headerNames, query, reads } = parameters.value;
  const { integrationMethod = "POST", timeoutInMillis: timeoutMs } = integration;
  const method = integrationMethod === "ANY" ? "POST" : integrationMethod;
  const hasBody = !BODILESS.has(method);

  const headersOf = (
    call: Call,
    values: MessageValues,
    passed: Passed,
    host: string | undefined,
  ): string[] => {
    const headers = [...passed.headers];
    pushMappedHeaders(headers, mapped, values);
    const isSet = (name: string) =>
      headerNames.has(name) || passed.headers.some((own, i) => i % 2 === 0 && own.toLowerCase() === name);
    if (!isSet("accept")) headers.push("Accept", "application/json");
    if (hasBody && !isSet("content-type")) headers.push("Content-Type", "application/json");
    if (!isSet("user-agent")) headers.push("User-Agent", `AmazonAPIGateway_${context.apiId}`);
    if (host !== undefined && !headerNames.has("host")) headers.push("Host", host);
    headers.push("X-Amzn-Apigateway-Api-Id", context.apiId, "X-Amzn-Trace-Id", call.traceHeader());
    const traceparent = call.traceparent();
    if (traceparent !== undefined) headers.push("traceparent", traceparent);
    return headers;
  };

  return {
    ok: true,
    reads,
    send(values, { bytes }, passed = NOTHING) {
      const { call } = values;
      const to = uri.resolve(values);
      if (!to) throw new Refused(invalidUri, "the URI is invalid");
      const reached = endpoint.endpointOf(to.origin);
      if (!reached) throw new Refused(unreachable, "the VPC link has no targets");
      call.beginIntegration(performance.now(), reached.origin);
      const joined = joinQuery(to.query, passed.query, query, values);
      const fullPath = joined === "" ? to.path : `${to.path}?${joined}`;
      const request = {
        origin: reached.origin,
        path: fullPath,
        method,
        headers: headersOf(call, values, passed, reached.host),
        body: hasBody ? bytes : undefined,
        timeoutMs,
        tls: reached.tls,
        isServiceCall: false,
      };
      return callUpstream(call, ports.transport, request, `${to.origin}${fullPath}`);
    },
  };
}
