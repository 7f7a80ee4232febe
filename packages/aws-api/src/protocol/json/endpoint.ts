import { bodyOf } from "../body.ts";
import {
  type Endpoint,
  headerOf,
  isPostToRoot,
  type ServiceHead,
  type WireRequest,
  type WireResponse,
} from "../endpoint.ts";
import { shapedEndpoint } from "../shaped/endpoint.ts";
import { queryErrorHeader } from "../shaped/query-error.ts";
import { JSON_ERRORS } from "./errors.ts";
import { EVENT_STREAM_TYPE, EventStream, encodeEvents } from "./event-stream.ts";
import type { JsonOperation, JsonOutput } from "./operation.ts";
import { readInput, writeOutput } from "./shape.ts";

/** JsonService is a service of AWS's JSON protocols: a header names the operation, and bodies are JSON. */
export interface JsonService extends ServiceHead {
  readonly jsonVersion: "1.0" | "1.1";
  /** Prefix of X-Amz-Target, for example Logs_20140328. */
  readonly targetPrefix: string;
  readonly operations: readonly JsonOperation[];
  /** Of a service that had the query protocol before: its codes there by the names of errors; absent: it had not. */
  readonly queryCodes?: Readonly<Record<string, string>>;
}

/** jsonEndpoint serves a service in the protocol awsJson1_0 or awsJson1_1 (AWS: Smithy, AWS JSON protocols). */
export function jsonEndpoint(service: JsonService): Endpoint {
  const head = `${service.targetPrefix}.`;
  const respond = (
    status: number,
    body: Buffer,
    more: Readonly<Record<string, string>> = {},
  ): WireResponse => ({
    status,
    headers: { "Content-Type": `application/x-amz-json-${service.jsonVersion}`, ...more },
    body,
  });
  const write = (output: JsonOutput | undefined): WireResponse =>
    output instanceof EventStream
      ? {
          status: 200,
          headers: { "Content-Type": EVENT_STREAM_TYPE },
          body: Buffer.alloc(0),
          stream: { pieces: encodeEvents(output.events, service.jsonVersion), leave: output.leave },
        }
      : respond(200, output === undefined ? Buffer.alloc(0) : writeOutput(output));
  const targetOf = (request: WireRequest) => headerOf(request, "x-amz-target") ?? "";
  return shapedEndpoint(service, {
    common: JSON_ERRORS,
    accepts: (request) => isPostToRoot(request) && headerOf(request, "x-amz-target") !== undefined,
    claims: (request) => targetOf(request).startsWith(head),
    operationOf: (request) =>
      targetOf(request).startsWith(head) ? targetOf(request).slice(head.length) : undefined,
    nameOf: targetOf,
    readInput: (request, shape) => readInput(bodyOf(request), shape),
    write,
    writeError: ({ code, status, message, members }, request) =>
      respond(
        status,
        writeOutput({ __type: code, message, ...members }),
        service.queryCodes && queryErrorHeader({ code, status }, request, service.queryCodes),
      ),
  });
}
