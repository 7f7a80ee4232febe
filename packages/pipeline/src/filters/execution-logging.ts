import type { Filter, Observer } from "../call/call.ts";
import { ExecutionLog, mapText } from "../call/execution-log.ts";
import { logRequest } from "../call/execution-steps.ts";
import type { Ports } from "../engine/ports.ts";
import { CallValues } from "../values/call-values.ts";

/** What the settings of a route say of its execution log. */
interface LogSettings {
  readonly loggingLevel: "OFF" | "ERROR" | "INFO";
  readonly dataTraceEnabled: boolean;
}

/** executionLogging opens the log of calls of a route that logs, or that is tested. It never replies. */
export const executionLogging = (settings: LogSettings | undefined): Filter | undefined => {
  if (!settings || settings.loggingLevel === "OFF") return undefined;
  const { dataTraceEnabled } = settings;
  return (call) => {
    call.log = new ExecutionLog(dataTraceEnabled);
    const { path, querystring } = new CallValues(call).parameters();
    logRequest(call, { path: mapText(path), query: mapText(querystring) });
    return undefined;
  };
};

/** executionLogWriter writes the log of a finished call; a log of errors only if there was one. */
export function executionLogWriter(
  settings: LogSettings | undefined,
  { writeExecutionLog }: Ports,
): readonly Observer[] {
  if (!settings || settings.loggingLevel === "OFF") return [];
  const always = settings.loggingLevel === "INFO";
  const write: Observer = (call) => {
    if (call.log && (always || call.log.failed)) writeExecutionLog(call, call.log.lines);
  };
  return [write];
}
