import type { Filter, Observer } from "../call/call.ts";
import { ExecutionLog, mapText } from "../call/execution-log.ts";
import { logRequest } from "../call/execution-steps.ts";
import type { RouteContext } from "../call/route-context.ts";
import type { Ports } from "../engine/ports.ts";
import { CallValues } from "../values/call-values.ts";
import { hideSecrets, secretPlacesOf } from "./secret-places.ts";

/** What the settings of a route say of its execution log. */
interface LogSettings {
  readonly loggingLevel: "OFF" | "ERROR" | "INFO";
  readonly dataTraceEnabled: boolean;
}

/** executionLogging opens the log of calls of a route that logs, or that is tested. It never replies. `identitySources` are those of its authorizer. */
export const executionLogging = (
  settings: LogSettings | undefined,
  identitySources: readonly string[],
): Filter | undefined => {
  if (!settings || settings.loggingLevel === "OFF") return undefined;
  const { dataTraceEnabled } = settings;
  const places = secretPlacesOf(identitySources);
  return (call) => {
    call.log = new ExecutionLog(dataTraceEnabled);
    hideSecrets(call.log, call, places);
    const { path, querystring } = new CallValues(call).parameters();
    logRequest(call, { path: mapText(path), query: mapText(querystring) });
    return undefined;
  };
};

/** Log group of AWS's execution logs; canaries have their own, and WebSocket APIs are named otherwise. */
const groupOf = ({ apiId, reportedStage, executionLogGroup }: RouteContext): string =>
  executionLogGroup ?? `API-Gateway-Execution-Logs_${apiId}/${reportedStage}`;

/** executionLogWriter writes the log of a finished call, an event for each line; of a log of errors only those. */
export function executionLogWriter(
  settings: LogSettings | undefined,
  context: RouteContext,
  { logs }: Ports,
): readonly Observer[] {
  if (!settings || settings.loggingLevel === "OFF") return [];
  const write = logs.open({ accountId: context.accountId, name: groupOf(context) });
  if (!write) return [];
  const isWhole = settings.loggingLevel === "INFO";
  return [
    (call) => {
      if (!call.log) return;
      const unixMs = Math.trunc(call.startUnixMs + (call.endMs - call.startMs));
      for (const line of isWhole ? call.log.lines : call.log.errors)
        write(unixMs, `(${call.requestId}) ${line}`);
    },
  ];
}
