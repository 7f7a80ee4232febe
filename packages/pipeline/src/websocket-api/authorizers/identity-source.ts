import { stageVariable } from "@tollgate/mapping";
import type { Call } from "../../call/call.ts";
import { queryPairs } from "../../values/call-values.ts";
import { compileShownHeader } from "../../values/event-headers.ts";
import type { WebSocketContext } from "../context.ts";
import { webSocketContextValue } from "../context-variables.ts";

/** compileSource reads one identity source; empty: it is not there. Names of headers are matched in any case. */
export function compileSource(source: string, context: WebSocketContext): (call: Call) => string {
  const [, place, name = ""] =
    /^(route\.request\.(?:header|querystring)|context|stageVariables)\.(.+)$/.exec(source) ?? [];
  if (place === "route.request.header") {
    const read = compileShownHeader(name, "1.0");
    return (call) => read(call).at(-1) ?? "";
  }
  if (place === "route.request.querystring")
    return ({ query }) => queryPairs(query).findLast(([key]) => key === name)?.[1] ?? "";
  if (place === "stageVariables") {
    const value = stageVariable(context.stageVariables, name) ?? "";
    return () => value;
  }
  return (call) => webSocketContextValue(call, name) ?? "";
}
