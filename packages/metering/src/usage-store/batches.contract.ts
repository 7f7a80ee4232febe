import { ApiKind } from "@tollgate/proto/usage";
import {
  type EventFacts,
  encodeBatch,
  encodeKey,
  encodeMetricKey,
  encodeReport,
  eventMaxBytes,
  type MetricKey,
  NO_FACTS,
  putEvent,
  type SourceReport,
} from "@tollgate/usage-stream";
import type { ReceivedBatch } from "@tollgate/usage-stream/kafka";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const T0 = Date.UTC(2026, 10, 21, 10, 0, 0);

/** What is left out is a small call of a REST API. */
export interface EventInit extends Partial<EventFacts> {
  readonly atMs?: number;
  readonly accountId?: string;
  readonly apiId?: string;
  readonly stage?: string;
  readonly method?: string;
  readonly path?: string;
  readonly metrics?: Partial<MetricKey>;
}

/** batchOf encodes events with contiguous sequence numbers as a node does. */
export function batchOf(
  source: string,
  firstSeq: number,
  inits: readonly EventInit[],
  leasesQuotas = false,
): Buffer {
  const events = Buffer.alloc(inits.length * eventMaxBytes(NO_FACTS));
  let at = 0;
  for (const [i, init] of inits.entries()) {
    const key = encodeKey({
      accountId: init.accountId ?? "000000000000",
      apiId: init.apiId ?? "usageapi01",
      stage: init.stage ?? "prod",
      httpMethod: init.method ?? "GET",
      resourcePath: init.path ?? "/pets",
    });
    at = putEvent(events, at, key, firstSeq + i, {
      ...NO_FACTS,
      endTimeUnixMs: init.atMs ?? T0,
      status: 200,
      latencyUs: 1500,
      integrationLatencyUs: 1000,
      requestBytes: 10,
      responseBytes: 100,
      requestId: "r",
      apiKind: ApiKind.REST,
      metricKey: encodeMetricKey({ apiName: "", isCanary: false, isDetailed: false, ...init.metrics }),
      ...init,
    });
  }
  const frame = { firstSeq, count: inits.length, payload: events.subarray(0, at) };
  return encodeBatch(source, [frame], { recordedSeq: firstSeq + inits.length - 1, leasesQuotas }).value;
}

/** receivedAt says that batches were received at a time: of their events, unless another is given. */
export const receivedAt = (values: readonly Uint8Array[], receivedUnixMs = T0): ReceivedBatch[] =>
  values.map((value) => ({ value, receivedUnixMs }));

/** reportOf encodes what a node says of a source when it has no events to send. */
export const reportOf = (source: string, report: SourceReport): Buffer => encodeReport(source, report).value;
