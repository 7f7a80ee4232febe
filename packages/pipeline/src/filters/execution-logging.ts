import { ExecutionLog, logRequest, mapText } from "../call/execution-log.ts";
import { CallValues } from "../values/call-values.ts";
import type { FilterFactory } from "../rest-api/order.ts";
import type { Observer, Ports } from "../engine/ports.ts";
import type { Route } from "../engine/route.ts";

/** executionLogging opens the log of calls of a method that logs, or that is tested. It answers nothing. */
export const executionLogging: FilterFactory = ({ settings }) => {
  const logs = settings !== undefined && settings.loggingLevel !== "OFF";
  if (!logs) return undefined;
  const { dataTraceEnabled } = settings;
  return (call) => {
    call.log = new ExecutionLog(dataTraceEnabled);
    const { path, querystring } = new CallValues(call).parameters();
    logRequest(call, { path: mapText(path), query: mapText(querystring) });
    return undefined;
  };
};

/** executionLogWriter writes the log of an answered call; a log of errors only if there was one. */
export function executionLogWriter({ settings }: Route, ports: Ports): Observer | undefined {
  if (!settings || settings.loggingLevel === "OFF") return undefined;
  const always = settings.loggingLevel === "INFO";
  return (call) => {
    if (call.log && (always || call.log.failed)) ports.writeExecutionLog(call, call.log.lines);
  };
}
