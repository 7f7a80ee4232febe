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
import { CallValues } from "../values/call-values.ts";
import { webSocketStateOf } from "./call-state.ts";
import { contextObject, webSocketContextValue } from "./context-variables.ts";

const NO_VALUES: readonly string[] = [];
const NO_PARAMETERS: RequestParameters = { path: new Map(), querystring: new Map(), header: new Map() };

/** Responded is an integration's response as expressions read it. */
export interface Responded {
  readonly status: number;
  header(name: string): readonly string[];
  body(): JsonBody;
}

/** MessageValues is a call of a WebSocket API as expressions and templates read it. Only a $connect has headers and a query string. */
export class MessageValues implements RequestValues, SelectionValues {
  readonly call: Call;
  readonly response: Responded | undefined;
  readonly #request: CallValues | undefined;

  constructor(call: Call, response?: Responded) {
    this.call = call;
    this.response = response;
    this.#request = webSocketStateOf(call)?.eventType === "CONNECT" ? new CallValues(call) : undefined;
  }

  body(): JsonBody {
    return webSocketStateOf(this.call)?.bodyOf(this.call) ?? new CallValues(this.call).body();
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

  #parameters(): RequestParameters {
    return this.#request?.parameters() ?? NO_PARAMETERS;
  }

  /** templateValues is what a template reads of this call and a payload: the message, or an integration's response. */
  templateValues(payload: JsonBody): TemplateValues {
    const { call } = this;
    return {
      input: () => new Input(payload, () => this.#parameters()),
      context: () => contextObject(call),
      method: () => new Map<Value, Value>([["request", parametersMap(this.#parameters())]]),
      stageVariables: () => new Map<Value, Value>(Object.entries(call.route?.context.stageVariables ?? {})),
    };
  }
}
