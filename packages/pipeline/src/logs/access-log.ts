import {
  isAccessLogVariable,
  logGroupOfDestination,
  parseLogFormat,
  withoutControls,
} from "@tollgate/config/runtime";
import type { Call, Observer } from "../call/call.ts";
import type { RouteContext } from "../call/route-context.ts";
import { loggedVariable, type ReadVariable } from "../values/log-variables.ts";
import type { LogSink } from "./log-sink.ts";

type LoggedStage = Pick<
  RouteContext,
  "accountId" | "apiId" | "protocol" | "stageName" | "reportedStage" | "accessLogSettings"
>;

const MISSING = "-";
const HAS_CONTROLS = /\p{Cc}/u;

/** LogReader finds the variable of a name, as a protocol has it, once for all calls. */
export type LogReader = (name: string) => ReadVariable;

/** The group of a stage's access log: that of its destination, else one that is named after the stage. Canaries have their own. */
function groupOf({ apiId, stageName, reportedStage, accessLogSettings }: LoggedStage): string {
  const { destinationArn = "" } = accessLogSettings ?? {};
  const group = logGroupOfDestination(destinationArn) ?? `API-Gateway-Access-Logs_${apiId}/${stageName}`;
  return group + reportedStage.slice(stageName.length);
}

/**
 * compileLogFormat turns a format into a function that renders the line of a call. What a call does not have is "-", as is what its protocol does
 * not have. As on AWS, nothing is escaped, except control characters of values: tabs of the format stay.
 */
export function compileLogFormat(
  format: string,
  protocol: RouteContext["protocol"],
  readerOf: LogReader,
): (call: Call) => string {
  const none: ReadVariable = () => undefined;
  const parts = parseLogFormat(format.replace(/\r?\n$/, "")).map((part) => {
    if (typeof part === "string") return { text: part, read: undefined };
    const read = isAccessLogVariable(protocol, part.variable)
      ? loggedVariable(part.variable, readerOf)
      : none;
    return { text: "", read };
  });
  return (call) => {
    let line = "";
    for (const { text, read } of parts) line += read ? read(call) || MISSING : text;
    // Hardly any line has some: one test for all values.
    if (!HAS_CONTROLS.test(line)) return line;
    return parts.map(({ text, read }) => (read ? withoutControls(read(call) || MISSING) : text)).join("");
  };
}

/** accessLog writes a line for each call of a stage; none where the stage has no format, or nobody wants its lines. */
export function accessLog(context: LoggedStage, logs: LogSink, readerOf: LogReader): readonly Observer[] {
  const format = context.accessLogSettings?.format;
  if (format === undefined) return [];
  const write = logs.open({ accountId: context.accountId, name: groupOf(context) });
  if (!write) return [];
  const lineOf = compileLogFormat(format, context.protocol, readerOf);
  return [(call) => write(Math.trunc(call.startUnixMs + (call.endMs - call.startMs)), lineOf(call))];
}
