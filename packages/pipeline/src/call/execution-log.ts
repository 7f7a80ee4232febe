import type { Call } from "./call.ts";

/** AWS cuts an event of the execution log here. */
const EVENT_MAX_BYTES = 1024;

/** ExecutionLog collects the steps of one call in the words of AWS's execution log. */
export class ExecutionLog {
  readonly lines: string[] = [];
  /** Bodies and headers are shown whole; otherwise only that they were there. */
  readonly dataTrace: boolean;
  /** Something went wrong: a log of errors only is written. */
  failed = false;

  constructor(dataTrace: boolean) {
    this.dataTrace = dataTrace;
  }

  add(text: string): void {
    this.lines.push(
      Buffer.byteLength(text) <= EVENT_MAX_BYTES ? text : `${text.slice(0, EVENT_MAX_BYTES)} [TRUNCATED]`,
    );
  }

  fail(text: string): void {
    this.failed = true;
    this.add(text);
  }
}

/** mapText prints pairs as Java prints a map. */
export const mapText = (pairs: Iterable<readonly [string, string]>): string =>
  `{${[...pairs].map(([name, value]) => `${name}=${value}`).join(", ")}}`;

/** Names whose values are shown by their end only. */
const MASKED = new Set(["authorization", "x-api-key", "x-amz-security-token"]);

/** headersText prints headers whose names and values alternate. */
export function headersText(headers: readonly string[]): string {
  const pairs: [string, string][] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const [name, value] = [headers[i] as string, headers[i + 1] as string];
    pairs.push([name, MASKED.has(name.toLowerCase()) ? `${"*".repeat(20)}${value.slice(-6)}` : value]);
  }
  return mapText(pairs);
}

const bodyText = (body: Buffer | string | undefined): string =>
  body === undefined ? "" : typeof body === "string" ? body : body.toString("utf8");

/** logRequest tells how a call came in. */
export function logRequest(call: Call, parameters: { path: string; query: string }): void {
  const { log, route } = call;
  if (!log) return;
  log.add(`Extended Request Id: ${call.extendedRequestId}`);
  log.add(`Starting execution for request: ${call.requestId}`);
  log.add(`HTTP Method: ${call.method}, Resource Path: ${route?.resourcePath ?? call.path}`);
  if (!log.dataTrace) return;
  log.add(`Method request path: ${parameters.path}`);
  log.add(`Method request query string: ${parameters.query}`);
  log.add(`Method request headers: ${headersText(call.headers)}`);
}

export function logMethodBody(call: Call, body: Buffer | string | undefined): void {
  if (call.log?.dataTrace) call.log.add(`Method request body before transformations: ${bodyText(body)}`);
}

/** logEndpointRequest tells what goes to an integration endpoint. */
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
    log.add(`Endpoint request headers: ${headersText(headers)}`);
    log.add(`Endpoint request body after transformations: ${bodyText(body)}`);
  }
  log.add(`Sending request to ${uri}`);
}

/** logEndpointAnswer tells what came back. */
export function logEndpointAnswer(
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

/** logAnswer tells what the client gets. */
export function logAnswer(
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
