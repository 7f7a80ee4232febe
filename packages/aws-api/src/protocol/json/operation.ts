import type { ApplicationPort } from "../../port.ts";
import type { Caller } from "../../session-port.ts";
import type { Intent } from "../endpoint.ts";
import type { EventStream } from "./event-stream.ts";
import type { Structure } from "./shape.ts";

/** JsonRequest is one call of an operation, authenticated and parsed. */
export interface JsonRequest {
  readonly caller: Caller;
  readonly region: string;
  /** Members according to the operation's input shape. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly application: ApplicationPort;
}

/** JsonOperation is one row of a service's table. */
export interface JsonOperation {
  readonly name: string;
  readonly input: Structure;
  readonly isReadOnly?: boolean;
  /** What of an input is recorded in the audit log; absent: all of it. */
  readonly recorded?: (input: JsonRequest["input"]) => JsonRequest["input"];
  /** The resource on which a policy must allow the action. */
  readonly resource: (request: JsonRequest) => string;
  /** What a policy must allow besides: an action of another service. */
  readonly alsoNeeds?: (request: JsonRequest) => Intent | undefined;
  /** undefined: the response is empty. */
  readonly run: (request: JsonRequest) => JsonOutput | undefined | Promise<JsonOutput | undefined>;
}

/** JsonOutput is the members of a response, or events that are sent one by one, which only the JSON protocols carry. */
export type JsonOutput = Readonly<Record<string, unknown>> | EventStream;
