import type { Logger } from "@tollgate/telemetry";
import { DatabaseUnreachable } from "./usage-store/database.ts";

export interface RepeatOptions {
  readonly everyMs: number;
  /** It begins now, not after the first interval. */
  readonly isAtOnce?: boolean;
  /** What is reported when it fails. A database that is away is reported by others. */
  readonly failure: string;
  readonly logger: Logger;
}

/** repeat does work again and again, one at a time, until it is disposed; long work asks whether it is. */
export function repeat(
  work: (isEnded: () => boolean) => Promise<void>,
  { everyMs, isAtOnce = false, failure, logger }: RepeatOptions,
): AsyncDisposable {
  let isEnded = false;
  const run = async (): Promise<void> => {
    if (isEnded) return;
    try {
      await work(() => isEnded);
    } catch (error) {
      if (!(error instanceof DatabaseUnreachable)) logger.error({ err: error }, failure);
    }
  };
  let running = isAtOnce ? run() : Promise.resolve();
  const timer = setInterval(() => (running = running.then(run)), everyMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      isEnded = true;
      clearInterval(timer);
      await running;
    },
  };
}
