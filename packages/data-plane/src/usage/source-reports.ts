import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "@tollgate/telemetry";
import type { SourceClient } from "./source-client.ts";

const INTERVAL_MS = 2_000;
/** Without news, a node still reports that its sources are there. */
const HEARTBEAT_MS = 15_000;

export interface SourceReportsOptions {
  readonly client: SourceClient;
  /** Full names of the sources that have not ended, and how many events each has recorded. */
  readonly read: () => ReadonlyMap<string, number>;
  readonly logger: Logger;
}

/**
 * startSourceReports tells metering through the control plane how much each source has recorded. It works while Kafka is away: what a node
 * recorded then is known, also if it is lost with its disk. A report that fails is followed by the next one.
 */
export function startSourceReports({ client, read, logger }: SourceReportsOptions): AsyncDisposable {
  const stopped = new AbortController();
  let reported = "";
  let reportedMs = 0;

  const report = async (): Promise<void> => {
    const sources = [...read()].map(([source, lastSeq]) => ({ source, recordedSeq: BigInt(lastSeq) }));
    const content = sources.map(({ source, recordedSeq }) => `${source} ${recordedSeq}`).join();
    const isNews = content !== reported || performance.now() - reportedMs > HEARTBEAT_MS;
    if (sources.length === 0 || !isNews) return;
    try {
      await client.call((service, options) => service.reportSources({ sources }, options));
      reported = content;
      reportedMs = performance.now();
    } catch (error) {
      logger.debug({ error: String(error) }, "metering was not told how much usage is recorded");
    }
  };

  const running = (async () => {
    while (!stopped.signal.aborted) {
      await report();
      await delay(INTERVAL_MS, undefined, { signal: stopped.signal }).catch(() => undefined);
    }
  })();
  return {
    async [Symbol.asyncDispose]() {
      stopped.abort();
      await running;
    },
  };
}
