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
import { authorizerNames } from "./caller-values.ts";
import { CONTEXT_VARIABLES, contextObjectOf } from "./context-variables.ts";

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
  /** What $context.keySet() gives; absent: the names of a call over HTTP. */
  readonly contextNames?: readonly string[];
}

/** FactSource is a call as its protocol's templates read it. */
export interface FactSource {
  parameters(): RequestParameters;
  contextVariable(name: string): string | undefined;
  /** Names of $context that only the protocol has, and those that are there. */
  readonly contextNames?: readonly string[] | undefined;
}

export const plainOverrides = ({ request, response }: Overrides): PlainOverrides => ({
  request: toPlain(request),
  response: toPlain(response),
});

/** restoreOverrides writes what another process's templates made of the override maps over those of here. */
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

/** factsOf writes down a call, and what its templates wrote so far, for another process. */
export function factsOf(call: Call, source: FactSource, overrides: Overrides): CallFacts {
  const { contextNames } = source;
  const names = authorizerNames(call);
  const claims = call.authorizer?.claims && Object.keys(call.authorizer.claims);
  const all = [
    ...CONTEXT_VARIABLES,
    ...(contextNames ?? []),
    ...Object.keys(call.route?.context.ownVariables ?? {}),
    ...names.map((name) => `authorizer.${name}`),
    ...(claims ?? []).map((name) => `authorizer.claims.${name}`),
  ];
  return {
    parameters: source.parameters(),
    context: new Map(
      all.flatMap((name) => {
        const value = source.contextVariable(name);
        return value === undefined ? [] : [[name, value] as const];
      }),
    ),
    requestTimeEpoch: Math.trunc(call.startUnixMs),
    authorizerNames: names,
    claims,
    stageVariables: { ...call.route?.context.stageVariables },
    overrides: plainOverrides(overrides),
    ...(contextNames ? { contextNames } : {}),
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
        ...(facts.contextNames ? { names: facts.contextNames } : {}),
      }),
    method: () => new Map<Value, Value>([["request", parametersMap(facts.parameters)]]),
    stageVariables: () => new Map<Value, Value>(Object.entries(facts.stageVariables)),
  };
}
