import type { Call, Observer } from "../call/call.ts";
import { ExecutionLog, headersText } from "../call/execution-log.ts";
import type { FilterFactory, Ports } from "../engine/ports.ts";
import { executionLogWriter, openExecutionLog } from "../filters/execution-logging.ts";
import { hideResult, hideSecrets, secretPlacesOf } from "../filters/secret-places.ts";
import { webSocketStateOf } from "./call-state.ts";
import type { WebSocketRoute } from "./context.ts";

type Settings = WebSocketRoute["settings"];

/** What the settings of a route say of its log, with AWS's defaults. */
const logSettings = (settings: Settings) => ({
  loggingLevel: settings?.loggingLevel ?? "OFF",
  dataTraceEnabled: settings?.dataTraceEnabled ?? false,
});

/** What happened, in the words of AWS's log. */
function happened({ userAgent, sourceIp, route }: Call, id: string, eventType: string | undefined): string {
  const api = `WebSocket API [${route?.context.apiId}]`;
  if (eventType === "CONNECT")
    return `Client [UserAgent: ${userAgent}, SourceIp: ${sourceIp}] is connecting to ${api}.`;
  const client = `client [Connection Id: ${id}]`;
  return eventType === "MESSAGE"
    ? `${api} received message from ${client}.`
    : `${client.replace("client", "Client")} disconnected from ${api}.`;
}

/** executionLogging opens the log of calls of a route whose log somebody wants. It never replies. */
export const executionLogging: FilterFactory<WebSocketRoute> = (
  { settings, resourcePath, spec, context },
  ports,
) => {
  if (!openExecutionLog(logSettings(settings), context, ports)) return undefined;
  const { dataTraceEnabled } = logSettings(settings);
  const { authorizers } = context;
  const id = spec?.authorizerId ?? "";
  const places = secretPlacesOf(
    (Object.hasOwn(authorizers, id) ? authorizers[id]?.identitySource : undefined) ?? [],
    context.stageVariables,
  );
  return (call) => {
    const { connection, eventType } = webSocketStateOf(call) ?? {};
    const log = new ExecutionLog(dataTraceEnabled);
    call.log = log;
    hideSecrets(log, call, places);
    hideResult(call);
    log.add(`Extended Request Id: ${call.requestId}`);
    log.add(`Starting execution for request: ${call.requestId}`);
    log.add(`WebSocket Request Route: [${resourcePath}]`);
    log.add(happened(call, connection?.id ?? "", eventType));
    if (!dataTraceEnabled) return undefined;
    if (eventType === "CONNECT") log.add(`Request headers: ${headersText(call.headers)}`);
    else if (call.wholeBody)
      log.add(`Request body before transformations: ${call.wholeBody.toString("utf8")}`);
    return undefined;
  };
};

/** logWriter writes the log of a finished call. */
export const logWriter = (
  settings: Settings,
  context: WebSocketRoute["context"],
  ports: Ports,
): readonly Observer[] => executionLogWriter(logSettings(settings), context, ports);
