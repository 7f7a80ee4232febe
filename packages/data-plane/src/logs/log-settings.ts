import { join } from "node:path";
import { type Read, type Setting, type SettingsProblem, setting } from "@tollgate/telemetry";
import { logsTopic, readTopic, type Topic } from "@tollgate/usage-stream/kafka";

const MB = 1024 * 1024;
const SINKS = ["store", "stdout", "file"] as const;
export type LogSinkName = (typeof SINKS)[number];

/** LogSettings say where the events of access logs, execution logs and logs of web ACLs go. */
export interface LogSettings {
  /** None: no log is written. */
  readonly sinks: readonly LogSinkName[];
  readonly topic: Topic;
  /** Events that wait on the disk of the node. */
  readonly spoolBytes: number;
  readonly file: { readonly path: string; readonly maxBytes: number; readonly keptFiles: number };
}

const isSink = (name: string): name is LogSinkName => SINKS.some((sink) => sink === name);

const sinks: Setting<readonly LogSinkName[]> = (raw) => {
  const names = (raw || "store").split(",").map((name) => name.trim());
  if (names.length === 1 && names[0] === "off") return { value: [] };
  const value = names.filter(isSink);
  return value.length === names.length
    ? { value }
    : { value, problem: `'${raw}' must be 'off', or some of ${SINKS.join(", ")}, separated by commas` };
};

/** readLogSettings reads where logs go. */
export function readLogSettings(
  read: Read,
  nodeId: string,
): { readonly logs: LogSettings; readonly problems: readonly SettingsProblem[] } {
  const { topic, problems } = readTopic(read, "TOLLGATE_LOGS_TOPIC", logsTopic);
  const home = read("TOLLGATE_HOME", setting.text(".tollgate"));
  return {
    logs: {
      sinks: read("TOLLGATE_LOGS", sinks),
      topic,
      spoolBytes: read("TOLLGATE_LOGS_SPOOL_MB", setting.integer(256, 1, 16_777_216)) * MB,
      file: {
        path: read("TOLLGATE_LOGS_FILE", setting.text(join(home, "data-plane", nodeId, "calls.log"))),
        maxBytes: read("TOLLGATE_LOGS_FILE_MB", setting.integer(100, 1, 1_048_576)) * MB,
        keptFiles: read("TOLLGATE_LOGS_FILES", setting.integer(5, 0, 1_000)),
      },
    },
    problems,
  };
}
