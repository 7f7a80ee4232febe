import {
  Input,
  type JsonBody,
  parametersMap,
  type RequestParameters,
  type RequestValues,
  type SelectionValues,
  type TemplateValues,
  type Value,
} from "@tollgate/mapping";
import type { Call } from "../call/call.ts";
import { andThen, type Late } from "../engine/late.ts";
import type { Ports } from "../engine/ports.ts";
import { ASIDE_FROM_CHARS, bodyReadHere, hasPatterns, hereOrAside, readBody } from "../values/body-work.ts";
import type { FactSource } from "../values/call-facts.ts";
import { CallValues } from "../values/call-values.ts";
import { webSocketStateOf } from "./call-state.ts";
import { CONTEXT_NAMES, contextObject, webSocketContextValue } from "./context-variables.ts";

const NO_VALUES: readonly string[] = [];
const NO_PARAMETERS: RequestParameters = { path: new Map(), querystring: new Map(), header: new Map() };

/** Responded is an integration's response as expressions read it. */
export interface Responded {
  readonly status: number;
  readonly header: (name: string) => readonly string[];
  readonly body: () => JsonBody;
}

/** BodyReads are the expressions that a step of a mapping evaluates on bodies, sorted once. */
export interface BodyReads {
  readonly ofMessage: readonly string[];
  readonly ofResponse: readonly string[];
  /** Some look for patterns, which may take long. */
  readonly havePatterns: boolean;
}

/** Of an expression of a mapping or of a selection. */
const readsResponse = (expression: string): boolean => /^\$?integration\./.test(expression);

/** bodyReadsOf sorts what expressions read. */
export const bodyReadsOf = (expressions: readonly string[]): BodyReads => ({
  ofMessage: expressions.filter((expression) => !readsResponse(expression)),
  ofResponse: expressions.filter(readsResponse),
  havePatterns: expressions.some(hasPatterns),
});

/** MessageValues is a call of a WebSocket API as expressions and templates read it. Only a $connect has headers and a query string. */
export class MessageValues implements RequestValues, SelectionValues, FactSource {
  readonly call: Call;
  readonly response: Responded | undefined;
  readonly contextNames = CONTEXT_NAMES;
  readonly #request: CallValues | undefined;
  readonly #message: JsonBody | undefined;

  /** `message`: as it was read for some expressions; absent: as it came. */
  constructor(call: Call, response?: Responded, message?: JsonBody) {
    this.call = call;
    this.response = response;
    this.#message = message;
    this.#request = webSocketStateOf(call)?.eventType === "CONNECT" ? new CallValues(call) : undefined;
  }

  body(): JsonBody {
    return (
      this.#message ?? webSocketStateOf(this.call)?.bodyOf(this.call) ?? new CallValues(this.call).body()
    );
  }

  pathParameter(): undefined {
    return undefined;
  }

  queryParameter(name: string): readonly string[] {
    return this.#request?.queryParameter(name) ?? NO_VALUES;
  }

  header(name: string): readonly string[] {
    return this.#request?.header(name) ?? NO_VALUES;
  }

  contextVariable(name: string): string | undefined {
    return webSocketContextValue(this.call, name);
  }

  parameters(): RequestParameters {
    return this.#request?.parameters() ?? NO_PARAMETERS;
  }

  /** templateValues is what a template reads of this call and a payload: the message, or an integration's response. */
  templateValues(payload: JsonBody): TemplateValues {
    const { call } = this;
    return {
      input: () => new Input(payload, () => this.parameters()),
      context: () => contextObject(call),
      method: () => new Map<Value, Value>([["request", parametersMap(this.parameters())]]),
      stageVariables: () => new Map<Value, Value>(Object.entries(call.route?.context.stageVariables ?? {})),
    };
  }

  /** readFor is these values once the bodies were read for expressions; those that it was not read for are not to be evaluated on it. */
  readFor(reads: BodyReads, ports: Pick<Ports, "bodyWork">): Late<MessageValues> {
    const { ofMessage, ofResponse, havePatterns } = reads;
    const { response } = this;
    const responded = ofResponse.length > 0 ? response?.body() : undefined;
    // Messages are small; nothing else takes long.
    if (!havePatterns && (responded?.raw.length ?? 0) < ASIDE_FROM_CHARS) return this;
    return andThen(bodyReadFor(this.body(), ofMessage, ports), (message) => {
      if (!response || !responded) return new MessageValues(this.call, response, message);
      return andThen(
        bodyReadFor(responded, ofResponse, ports),
        (body) => new MessageValues(this.call, { ...response, body: () => body }, message),
      );
    });
  }
}

const bodyReadFor = (
  body: JsonBody,
  expressions: readonly string[],
  { bodyWork }: Pick<Ports, "bodyWork">,
): Late<JsonBody> =>
  expressions.length === 0
    ? body
    : hereOrAside(
        body.raw.length,
        () => bodyReadHere(body, expressions),
        async () => readBody(body.raw, await bodyWork({ text: body.raw, expressions })),
      );
