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
import { bodyReadHere, hereOrAside, readBody } from "../values/body-work.ts";
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

/** Of an expression of a mapping or of a selection. */
const readsResponse = (expression: string): boolean => /^\$?integration\./.test(expression);

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
  readFor(expressions: readonly string[], ports: Pick<Ports, "bodyWork">): Late<MessageValues> {
    if (expressions.length === 0) return this;
    const ofMessage = expressions.filter((expression) => !readsResponse(expression));
    const ofResponse = expressions.filter(readsResponse);
    const { response } = this;
    const responded = ofResponse.length > 0 ? response?.body() : undefined;
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
