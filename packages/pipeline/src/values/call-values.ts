import {
  Input,
  JsonBody,
  type Overrides,
  parametersMap,
  type RequestParameters,
  type RequestValues,
  type TemplateValues,
  type Value,
} from "@tollgate/mapping";
import type { Call } from "../call/call.ts";
import { HeaderRule, headerRule } from "../call/header-rules.ts";
import { contextObject, contextVariable } from "./context-variables.ts";
import { forwardedHeaders } from "./gateway-headers.ts";

const formDecode = (text: string): string => {
  const spaced = text.replaceAll("+", " ");
  if (!spaced.includes("%")) return spaced;
  try {
    return decodeURIComponent(spaced);
  } catch {
    return spaced;
  }
};

/** queryPairs decodes a query string as a form, in order; `;` separates like `&`, as on AWS. */
export function queryPairs(query: string): readonly (readonly [string, string])[] {
  if (query === "") return [];
  return query
    .split(/[&;]/)
    .filter((pair) => pair !== "")
    .map((pair) => {
      const at = pair.indexOf("=");
      return at < 0
        ? ([formDecode(pair), ""] as const)
        : ([formDecode(pair.slice(0, at)), formDecode(pair.slice(at + 1))] as const);
    });
}

const NO_BODY = new JsonBody("");
/** What a client cannot say, or only the gateway can. */
const INVISIBLE = HeaderRule.REMOVED | HeaderRule.FORWARDED;

/** CallValues is a call as mapping expressions and templates read it. */
export class CallValues implements RequestValues {
  readonly #call: Call;
  readonly #body: JsonBody;
  #query: readonly (readonly [string, string])[] | undefined = undefined;
  #parameters: RequestParameters | undefined = undefined;

  constructor(call: Call, body: JsonBody = NO_BODY) {
    this.#call = call;
    this.#body = body;
  }

  body(): JsonBody {
    return this.#body;
  }

  pathParameter(name: string): string | undefined {
    return this.#call.parameterValues[this.#call.route?.parameterNames.indexOf(name) ?? -1];
  }

  queryPairs(): readonly (readonly [string, string])[] {
    this.#query ??= queryPairs(this.#call.query);
    return this.#query;
  }

  queryParameter(name: string): readonly string[] {
    return this.queryPairs().flatMap(([key, value]) => (key === name ? [value] : []));
  }

  /** Found by its exact name, as AWS's mappings do; removed headers are invisible, and the gateway's own have its value. */
  header(name: string): readonly string[] {
    const rule = headerRule(name);
    if (rule & HeaderRule.REMOVED) return [];
    if (rule & HeaderRule.FORWARDED)
      return forwardedHeaders(this.#call).flatMap(([own, value]) => (own === name ? [value] : []));
    const { headers } = this.#call;
    const values: string[] = [];
    for (let i = 0; i < headers.length; i += 2)
      if (headers[i] === name) values.push(headers[i + 1] as string);
    return values;
  }

  contextVariable(name: string): string | undefined {
    return contextVariable(this.#call, name);
  }

  /** All parameters, the last value of each name. */
  parameters(): RequestParameters {
    if (this.#parameters) return this.#parameters;
    const { headers, route, parameterValues } = this.#call;
    const header = new Map<string, string>();
    for (let i = 0; i < headers.length; i += 2) {
      const name = headers[i] as string;
      if ((headerRule(name) & INVISIBLE) === 0) header.set(name, headers[i + 1] as string);
    }
    for (const [name, value] of forwardedHeaders(this.#call)) header.set(name, value);
    this.#parameters = {
      path: new Map((route?.parameterNames ?? []).map((name, i) => [name, parameterValues[i] ?? ""])),
      querystring: new Map(this.queryPairs()),
      header,
    };
    return this.#parameters;
  }

  /**
   * templateValues is what a template reads of this call and a payload: the request's own, or an integration's. `overridesOf` is where
   * it writes to.
   */
  templateValues(payload: JsonBody, overridesOf: (call: Call) => Overrides): TemplateValues {
    const call = this.#call;
    return {
      input: () => new Input(payload, () => this.parameters()),
      context: () => contextObject(call, overridesOf),
      method: () => new Map<Value, Value>([["request", parametersMap(this.parameters())]]),
      stageVariables: () => new Map<Value, Value>(Object.entries(call.route?.context.stageVariables ?? {})),
    };
  }
}
