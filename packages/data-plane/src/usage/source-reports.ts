import { setTimeout as delay } from "node:timers/promises";
import { createClient } from "@tollgate/proto/grpc";
import { SourceService } from "@tollgate/proto/usage";
import type { Logger, TlsFiles } from "@tollgate/telemetry";

const INTERVAL_MS = 2_000;
/** Without news, a node still reports that its sources are there. */
const HEARTBEAT_MS = 15_000;
const TIMEOUT_MS = 2_000;

export interface SourceReportsOptions {
  /** Control planes: the first reachable one gets the report. */
  readonly addresses: readonly string[];
  readonly token: string | undefined;
  readonly tls: TlsFiles | undefined;
  /** Full names of the sources that have not ended, and how many events each has recorded. */
  readonly read: () => ReadonlyMap<string, number>;
  readonly logger: Logger;
}

/**
 * startSourceReports tells metering through the control plane how much each source has recorded. It works while Kafka is away: what a node
 * recorded then is known, also if it is lost with its disk. A report that fails is followed by the next one.
 */
export function startSourceReports(options: SourceReportsOptions): AsyncDisposable {
  const { addresses, token, tls, read, logger } = options;
  const clients = addresses.map((address) => createClient(SourceService, { address, token, tls }));
  const stopped = new AbortController();
  let reported = "";
  let reportedMs = 0;

  const report = async (): Promise<void> => {
    const sources = [...read()].map(([source, lastSeq]) => ({ source, recordedSeq: BigInt(lastSeq) }));
    const content = sources.map(({ source, recordedSeq }) => `${source} ${recordedSeq}`).join();
    const isNews = content !== reported || performance.now() - reportedMs > HEARTBEAT_MS;
    if (sources.length === 0 || !isNews) return;
    const failures: unknown[] = [];
    for (const client of clients)
      try {
        await client.reportSources({ sources }, { deadline: new Date(Date.now() + TIMEOUT_MS) });
        reported = content;
        reportedMs = performance.now();
        return;
      } catch (error) {
        failures.push(String(error));
      }
    logger.debug({ failures }, "metering was not told how much usage is recorded");
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
      for (const client of clients) client.close();
      await running;
    },
  };
}
