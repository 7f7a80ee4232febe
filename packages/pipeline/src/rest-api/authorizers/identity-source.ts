import { stageVariable } from "@tollgate/mapping";
import type { Call } from "../../call/call.ts";
import { queryPairs } from "../../values/call-values.ts";
import { contextVariable } from "../../values/context-variables.ts";
import { compileShownHeader } from "../../values/event-headers.ts";

/** SourceValue is what a caller identifies with. */
export interface SourceValue {
  /** The last one, as the single-value maps of events have it; empty: it is not there. */
  readonly value: string;
  /** All that an event shows of the source: what repeats, and how its name is spelled. */
  readonly shown: readonly string[];
}

/** Reads what a caller identifies with. */
export type ReadSource = (call: Call) => SourceValue;

const single = (value = ""): SourceValue => ({ value, shown: [value] });
const lastOf = (shown: readonly string[]): SourceValue => ({ value: shown.at(-1) ?? "", shown });

/** compileSource reads one identity source. Names of headers are matched in any case. */
export function compileSource(source: string): ReadSource {
  const [, header] = /^method\.request\.header\.(.+)$/.exec(source) ?? [];
  if (header !== undefined) {
    const read = compileShownHeader(header, "1.0");
    return (call) => lastOf(read(call));
  }
  const [, parameter] = /^method\.request\.querystring\.(.+)$/.exec(source) ?? [];
  if (parameter !== undefined)
    return (call) =>
      lastOf(queryPairs(call.query).flatMap(([name, value]) => (name === parameter ? [value] : [])));
  const [, variable] = /^stageVariables\.(.+)$/.exec(source) ?? [];
  if (variable !== undefined)
    return (call) => single(stageVariable(call.route?.context.stageVariables ?? {}, variable));
  const name = source.replace(/^context\./, "");
  return (call) => single(contextVariable(call, name));
}

/**
 * compileTokenSource reads the header of a token; empty: it is not there, or more than once, so that nobody can know which of the tokens
 * the upstream takes.
 */
export function compileTokenSource(source: string): (call: Call) => string {
  const read = compileSource(source);
  return (call) => {
    const { value, shown } = read(call);
    return shown.length > 2 ? "" : value;
  };
}
