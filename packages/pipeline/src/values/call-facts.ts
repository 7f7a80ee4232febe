import {
  fromPlain,
  Input,
  type JsonBody,
  Overrides,
  type PlainValue,
  parametersMap,
  type RequestParameters,
  type TemplateValues,
  toPlain,
  type Value,
} from "@tollgate/mapping";
import type { Call } from "../call/call.ts";
import type { CallValues } from "./call-values.ts";
import { authorizerNames } from "./caller-values.ts";
import { CONTEXT_VARIABLES, contextObjectOf, contextVariable } from "./context-variables.ts";

/** PlainOverrides are what templates of a call wrote to $context, as plain data. */
export interface PlainOverrides {
  readonly request: PlainValue;
  readonly response: PlainValue;
}

/** CallFacts is all that a template can read of a call, as plain data. */
export interface CallFacts {
  readonly parameters: RequestParameters;
  readonly context: ReadonlyMap<string, string>;
  readonly requestTimeEpoch: number;
  readonly authorizerNames: readonly string[];
  readonly claims: readonly string[] | undefined;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly overrides: PlainOverrides;
}

export const plainOverrides = ({ request, response }: Overrides): PlainOverrides => ({
  request: toPlain(request),
  response: toPlain(response),
});

/** restoreOverrides writes what another thread's templates made of the override maps over those of here. */
export function restoreOverrides(target: Overrides, { request, response }: PlainOverrides): void {
  for (const [map, plain] of [
    [target.request, request],
    [target.response, response],
  ] as const) {
    const written = fromPlain(plain);
    map.clear();
    if (written instanceof Map) for (const [name, value] of written) map.set(name, value);
  }
}

/** factsOf writes down a call, and what its templates wrote so far, for another thread. */
export function factsOf(call: Call, values: CallValues, overrides: Overrides): CallFacts {
  const names = authorizerNames(call);
  const claims = call.authorizer?.claims && Object.keys(call.authorizer.claims);
  const all = [
    ...CONTEXT_VARIABLES,
    ...Object.keys(call.route?.context.ownVariables ?? {}),
    ...names.map((name) => `authorizer.${name}`),
    ...(claims ?? []).map((name) => `authorizer.claims.${name}`),
  ];
  return {
    parameters: values.parameters(),
    context: new Map(
      all.flatMap((name) => {
        const value = contextVariable(call, name);
        return value === undefined ? [] : [[name, value] as const];
      }),
    ),
    requestTimeEpoch: Math.trunc(call.startUnixMs),
    authorizerNames: names,
    claims,
    stageVariables: { ...call.route?.context.stageVariables },
    overrides: plainOverrides(overrides),
  };
}

/** factsValues makes the facts of a call readable for a template. `overrides` is where it writes to. */
export function factsValues(facts: CallFacts, payload: JsonBody, overrides: Overrides): TemplateValues {
  return {
    input: () => new Input(payload, () => facts.parameters),
    context: () =>
      contextObjectOf({
        variable: (name) => facts.context.get(name),
        overrides: () => overrides,
        requestTimeEpoch: facts.requestTimeEpoch,
        authorizerNames: facts.authorizerNames,
        claims: facts.claims,
      }),
    method: () => new Map<Value, Value>([["request", parametersMap(facts.parameters)]]),
    stageVariables: () => new Map<Value, Value>(Object.entries(facts.stageVariables)),
  };
}
