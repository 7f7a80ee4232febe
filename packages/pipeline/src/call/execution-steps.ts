import type { Call } from "./call.ts";
import { headersText } from "./execution-log.ts";

const bodyText = (body: Buffer | string | undefined): string =>
  body === undefined ? "" : typeof body === "string" ? body : body.toString("utf8");

/** logRequest records how a call came in. */
export function logRequest(call: Call, parameters: { path: string; query: string }): void {
  const { log } = call;
  if (!log) return;
  log.add(`Extended Request Id: ${call.extendedRequestId}`);
  log.add(`Starting execution for request: ${call.requestId}`);
  log.add(`HTTP Method: ${call.method}, Resource Path: ${call.path}`);
  if (!log.dataTrace) return;
  log.add(`Method request path: ${parameters.path}`);
  log.add(`Method request query string: ${parameters.query}`);
  log.add(`Method request headers: ${headersText(call.headers)}`);
}

export function logMethodBody(call: Call, body: Buffer | string | undefined): void {
  if (call.log?.dataTrace) call.log.add(`Method request body before transformations: ${bodyText(body)}`);
}

/** AWS does not show where it connects to. */
const withoutHost = (headers: readonly string[]): readonly string[] =>
  headers.filter((_, i) => headers[i - (i % 2)]?.toLowerCase() !== "host");

/** logEndpointRequest records what goes to an integration endpoint. */
export function logEndpointRequest(
  call: Call,
  uri: string,
  headers: readonly string[],
  body: Buffer | string | undefined,
): void {
  const { log } = call;
  if (!log) return;
  log.add(`Endpoint request URI: ${uri}`);
  if (log.dataTrace) {
    log.add(`Endpoint request headers: ${headersText(withoutHost(headers))}`);
    log.add(`Endpoint request body after transformations: ${bodyText(body)}`);
  }
  log.add(`Sending request to ${uri}`);
}

/** logEndpointResponse records what came back. */
export function logEndpointResponse(
  call: Call,
  status: number,
  headers: readonly string[],
  body: Buffer | undefined,
): void {
  const { log } = call;
  if (!log) return;
  log.add(`Received response. Status: ${status}, Integration latency: ${Math.round(call.integrationMs)} ms`);
  if (!log.dataTrace) return;
  log.add(`Endpoint response headers: ${headersText(headers)}`);
  if (body) log.add(`Endpoint response body before transformations: ${bodyText(body)}`);
}

/** logResponse records what the client gets. */
export function logResponse(
  call: Call,
  status: number,
  headers: readonly string[],
  body: Buffer | string | undefined,
): void {
  const { log, refusal } = call;
  if (!log) return;
  if (refusal) {
    log.fail(`Gateway response type: ${refusal.type} with status code: ${status}`);
    log.add(`Gateway response body: ${bodyText(body)}`);
    log.add(`Gateway response headers: ${headersText(headers)}`);
    return;
  }
  if (log.dataTrace) {
    log.add(`Method response body after transformations: ${bodyText(body)}`);
    log.add(`Method response headers: ${headersText(headers)}`);
  }
  log.add("Successfully completed execution");
  log.add(`Method completed with status: ${status}`);
}
