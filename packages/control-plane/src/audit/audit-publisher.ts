import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@tollgate/telemetry";
import type { Topic, TopicSender } from "@tollgate/usage-stream/kafka";
import type { AuditLog } from "./audit-log.ts";

/** auditTopic is consumed by operators. The values are records as JSON, the keys are their accounts. */
export const auditTopic: Topic = { name: "tollgate.audit.v1", partitions: 6 };

const BATCH = 100;
const RETRY_MS = 2_000;

/**
 * startAuditPublisher sends the records of the outbox, oldest first, and removes them once Kafka has stored them. Records of any control
 * plane are sent at least once; consumers recognize repeated records by eventID.
 */
export function startAuditPublisher(
  log: AuditLog,
  sender: TopicSender,
  { logger, retryMs = RETRY_MS }: { readonly logger: Logger; readonly retryMs?: number },
): AsyncDisposable {
  const stopped = new AbortController();
  let wake = () => {};
  let isAwake = true;
  log.onOutbox = () => {
    isAwake = true;
    wake();
  };

  const sendAll = async () => {
    for (;;) {
      const entries = await log.outbox(BATCH);
      if (entries.length === 0 || stopped.signal.aborted) return;
      await sender.send(
        entries.map(({ key, value }) => ({ key: key.split("/")[1] ?? "", value: Buffer.from(value) })),
      );
      await log.published(entries);
    }
  };
  const run = async () => {
    while (!stopped.signal.aborted) {
      isAwake = false;
      try {
        await sendAll();
        log.publishFailure = undefined;
      } catch (error) {
        if (stopped.signal.aborted) return;
        log.publishFailure = (error as Error).message;
        logger.warn({ err: error }, "audit records could not be published; they are kept and sent again");
        await delay(retryMs, undefined, { signal: stopped.signal }).catch(() => undefined);
        continue;
      }
      if (!isAwake && !stopped.signal.aborted)
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  };
  const running = run();
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      wake();
      await running;
      await sender[Symbol.asyncDispose]();
    },
  };
}
