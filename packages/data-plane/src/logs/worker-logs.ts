import type { Logger } from "@tollgate/telemetry";
import type { LogFacts } from "@tollgate/usage-stream";
import { Spool } from "../usage/spool.ts";
import type { WorkerStart } from "../worker/protocol.ts";
import { LogSpool, logEvents } from "./log-spool.ts";

/** WorkerLogs is a worker's part of the logs: where its events are written. */
export interface WorkerLogs {
  readonly spool: Spool<LogFacts>;
  readonly sink: LogSpool;
}

/** openLogs opens a worker's spool of log events; undefined: no log is written. */
export function openLogs(
  { logs, logBytes, worker, boot }: Pick<WorkerStart, "logs" | "logBytes" | "worker" | "boot">,
  logger: Logger,
): WorkerLogs | undefined {
  if (!logs) return undefined;
  const spool = new Spool<LogFacts>({
    ...logs,
    worker,
    boot,
    sync: "never",
    events: logEvents,
    allowedBytes: logBytes,
    report: (error) => logger.error({ err: error }, "the spool of logs cannot continue in a new file"),
  });
  const sink = new LogSpool({
    spool,
    nowMs: () => performance.now(),
    report: (error, dropped) =>
      logger.error(
        { error: String(error), dropped },
        "log events are dropped: they cannot be written to the spool (TOLLGATE_LOGS_SPOOL_MB)",
      ),
  });
  return { spool, sink };
}
