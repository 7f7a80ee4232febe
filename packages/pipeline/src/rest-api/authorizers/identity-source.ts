import { stageVariable } from "@tollgate/mapping";
import type { Call } from "../../call/call.ts";
import { firstHeader } from "../../call/header-lookup.ts";
import { queryPairs } from "../../values/call-values.ts";
import { contextVariable } from "../../values/context-variables.ts";

/** Reads what a caller identifies with; empty where it is not there. */
export type ReadSource = (call: Call) => string;

/** compileSource reads one identity source. Names of headers are matched in any case. */
export function compileSource(source: string): ReadSource {
  const [, header] = /^method\.request\.header\.(.+)$/.exec(source) ?? [];
  if (header !== undefined) return (call) => firstHeader(call.headers, header.toLowerCase());
  const [, parameter] = /^method\.request\.querystring\.(.+)$/.exec(source) ?? [];
  if (parameter !== undefined)
    return (call) => queryPairs(call.query).findLast(([name]) => name === parameter)?.[1] ?? "";
  const [, variable] = /^stageVariables\.(.+)$/.exec(source) ?? [];
  if (variable !== undefined)
    return (call) => stageVariable(call.route?.context.stageVariables ?? {}, variable) ?? "";
  const name = source.replace(/^context\./, "");
  return (call) => contextVariable(call, name) ?? "";
}
