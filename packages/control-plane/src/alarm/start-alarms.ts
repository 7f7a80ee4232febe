import { repeat } from "../repeat.ts";
import { AlarmDelivery, type AlarmDeliveryOptions } from "./deliver.ts";
import { AlarmEvaluator, type AlarmEvaluatorOptions } from "./evaluator.ts";

const EVALUATE_MS = 10_000;
const DELIVER_MS = 2_000;

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
