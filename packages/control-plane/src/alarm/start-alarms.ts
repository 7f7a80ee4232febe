import type { Logger } from "@tollgate/telemetry";
import { AlarmDelivery, type AlarmDeliveryOptions } from "./deliver.ts";
import { AlarmEvaluator, type AlarmEvaluatorOptions } from "./evaluator.ts";

const EVALUATE_MS = 10_000;
const DELIVER_MS = 2_000;

/** Does work again and again, one at a time, until it is disposed. What fails is reported once until it succeeds. */
function repeat(
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

/** startAlarms evaluates alarms, as long as this process is the one that does, and does what they have to do, until it is disposed. */
export function startAlarms(options: AlarmEvaluatorOptions & AlarmDeliveryOptions): AsyncDisposable {
  const { logger } = options;
  const evaluator = new AlarmEvaluator(options);
  const delivery = new AlarmDelivery(options);
  const evaluation = repeat(() => evaluator.run(), EVALUATE_MS, "alarms are evaluated", logger);
  const deliveries = repeat(() => delivery.run(), DELIVER_MS, "actions of alarms are done", logger);
  return {
    async [Symbol.asyncDispose]() {
      await evaluation[Symbol.asyncDispose]();
      await deliveries[Symbol.asyncDispose]();
      await evaluator.stop().catch(() => undefined);
    },
  };
}
