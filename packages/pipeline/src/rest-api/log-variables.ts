import type { Call } from "../call/call.ts";
import { contextReader, type ReadVariable } from "../values/context-variables.ts";
import { restStateOf } from "./call-state.ts";
import type { RestContext } from "./context.ts";
import { readRequestOverrides, readResponseOverrides } from "./mapping/overrides.ts";

/** What templates of a call wrote to $context.requestOverride.{part}.{name}, or to $context.responseOverride. */
function overridden(call: Call, [side, part, ...rest]: readonly string[]): string | undefined {
  const overrides = restStateOf(call)?.overrides;
  if (!overrides) return undefined;
  const name = rest.join(".");
  if (side === "responseOverride") {
    const { headers, status } = readResponseOverrides(overrides);
    return part === "status" ? status?.toString() : headers.get(name.toLowerCase())?.[1];
  }
  const { headers, query, path } = readRequestOverrides(overrides);
  if (part === "header") return headers.get(name.toLowerCase())?.[1];
  return part === "path" ? path.get(name) : query.get(name)?.join(",");
}

/** restLogReader finds the variables of a REST API's access log (AWS: variables for access logging). */
export const restLogReader =
  ({ tracingEnabled, endpointType }: RestContext) =>
  (name: string): ReadVariable => {
    if (name === "xrayTraceId") return tracingEnabled ? (call) => call.traceRoot() : () => undefined;
    if (name === "endpointType") return () => endpointType;
    const parts = name.split(".");
    return parts[0] === "requestOverride" || parts[0] === "responseOverride"
      ? (call) => overridden(call, parts)
      : contextReader(name);
  };
