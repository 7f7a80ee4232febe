import { Overrides } from "@tollgate/mapping";
import type { Call } from "../call/call.ts";
import { type PlainOverrides, plainOverrides } from "../values/call-facts.ts";
import type { ResponseCapture } from "./cache/response-capture.ts";

/** RestCallState is what only calls of REST APIs have; most have none of it. */
class RestCallState {
  /** Set by the cache. */
  cacheOutcome: "hit" | "miss" | undefined = undefined;
  /** Keeps a streamed response that is to be cached. */
  capture: ResponseCapture | undefined = undefined;
  /** What templates wrote to $context. */
  overrides: Overrides | undefined = undefined;
}

/** restStateOf is the state of a call; undefined: it has none, or is of another protocol. */
export const restStateOf = ({ protocolState }: Call): RestCallState | undefined =>
  protocolState instanceof RestCallState ? protocolState : undefined;

/** ensureRestState is the state of a call, created where it has none. */
export function ensureRestState(call: Call): RestCallState {
  const known = restStateOf(call);
  if (known) return known;
  const state = new RestCallState();
  call.protocolState = state;
  return state;
}

/** overridesOf is where the templates of a call write to. */
export function overridesOf(call: Call): Overrides {
  const state = ensureRestState(call);
  state.overrides ??= new Overrides();
  return state.overrides;
}

const NOTHING_WRITTEN = plainOverrides(new Overrides());

/** writtenOverrides is what templates of a call wrote until now. */
export function writtenOverrides(call: Call): PlainOverrides {
  const overrides = restStateOf(call)?.overrides;
  return overrides ? plainOverrides(overrides) : NOTHING_WRITTEN;
}
