import type { Logger } from "@tollgate/telemetry";

/** repeat does work again and again, one at a time, until it is disposed. What fails is reported once until it succeeds. */
export function repeat(
  work: () => Promise<unknown>,
  everyMs: number,
  what: string,
  logger: Logger,
): AsyncDisposable {
  let failure = "";
  let running: Promise<void> = Promise.resolve();
  const run = async () => {
    try {
      await work();
      if (failure !== "") logger.info(`${what} again`);
      failure = "";
    } catch (error) {
      const message = String(error);
      // What is away is away for many attempts.
      if (message !== failure) logger.warn({ err: error }, `it failed that ${what}; it is tried again`);
      failure = message;
    }
  };
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    running = run().finally(() => {
      isBusy = false;
    });
  }, everyMs).unref();
  return {
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      await running;
    },
  };
}
