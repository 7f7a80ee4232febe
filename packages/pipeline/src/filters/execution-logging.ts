import type { Filter, Observer } from "../call/call.ts";
import { ExecutionLog, mapText } from "../call/execution-log.ts";
import { logRequest } from "../call/execution-steps.ts";
import type { RouteContext } from "../call/route-context.ts";
import type { Ports } from "../engine/ports.ts";
import type { WriteLog } from "../logs/log-sink.ts";
import { CallValues } from "../values/call-values.ts";
import { hideSecrets, secretPlacesOf } from "./secret-places.ts";

/** What the settings of a route say of its execution log. */
interface LogSettings {
  readonly loggingLevel: "OFF" | "ERROR" | "INFO";
  readonly dataTraceEnabled: boolean;
}

/** Log group of AWS's execution logs; canaries have their own, and WebSocket APIs are named otherwise. */
const groupOf = ({ apiId, reportedStage, executionLogGroup }: RouteContext): string =>
  executionLogGroup ?? `API-Gateway-Execution-Logs_${apiId}/${reportedStage}`;

/** openExecutionLog is where the log of a route goes; undefined: it logs nothing, or nobody wants what it logs. */
export const openExecutionLog = (
  settings: LogSettings | undefined,
  context: RouteContext,
  { logs }: Pick<Ports, "logs">,
): WriteLog | undefined =>
  !settings || settings.loggingLevel === "OFF"
    ? undefined
    : logs.open({ accountId: context.accountId, name: groupOf(context) });

/** executionLogging opens the log of calls of a route whose log somebody wants. It never replies. `identitySources` are those of its authorizer. */
export const executionLogging = (
  settings: LogSettings | undefined,
  context: RouteContext,
  identitySources: readonly string[],
  ports: Pick<Ports, "logs">,
): Filter | undefined => {
  if (!settings || !openExecutionLog(settings, context, ports)) return undefined;
  const { dataTraceEnabled } = settings;
  const places = secretPlacesOf(identitySources, context.stageVariables);
  return (call) => {
    call.log = new ExecutionLog(dataTraceEnabled);
    hideSecrets(call.log, call, places);
    const { path, querystring } = new CallValues(call).parameters();
    logRequest(call, { path: mapText(path), query: mapText(querystring) });
    return undefined;
  };
};

/** executionLogWriter writes the log of a finished call, an event for each line; of a log of errors only those. */
export function executionLogWriter(
  settings: LogSettings | undefined,
  context: RouteContext,
  ports: Pick<Ports, "logs">,
): readonly Observer[] {
  const write = openExecutionLog(settings, context, ports);
  if (!write) return [];
  const isWhole = settings?.loggingLevel === "INFO";
  return [
    (call) => {
      if (!call.log) return;
      const unixMs = Math.trunc(call.startUnixMs + (call.endMs - call.startMs));
      for (const line of isWhole ? call.log.lines : call.log.errors)
        write(unixMs, `(${call.requestId}) ${line}`);
    },
  ];
}
