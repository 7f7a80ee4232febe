import { type Logger, pino } from "pino";

export type { Logger };

/** createLogger writes JSON lines to stderr; stdout is reserved for the output of commands. */
export function createLogger(name: string, level: string): Logger {
  return pino(
    { name, level, base: { pid: process.pid }, timestamp: pino.stdTimeFunctions.isoTime },
    pino.destination({ dest: 2, sync: true }),
  );
}
