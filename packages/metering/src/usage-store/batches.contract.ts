import { ApiKind, CacheOutcome, Fault, FreeReason } from "@tollgate/proto/usage";
import {
  EVENT_MAX_BYTES,
  encodeBatch,
  encodeKey,
  encodeMetricKey,
  encodeReport,
  type MetricKey,
  putEvent,
  type ReceivedBatch,
  type SourceReport,
} from "@tollgate/usage-stream";

export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const T0 = Date.UTC(2026, 10, 21, 10, 0, 0);

export interface EventInit {
  readonly status?: number;
  readonly atMs?: number;
  readonly accountId?: string;
  readonly apiId?: string;
  readonly stage?: string;
  readonly method?: string;
  readonly path?: string;
  readonly apiKeyId?: string;
  readonly usagePlanId?: string;
  readonly messageCount?: number;
  readonly connectionMinutes?: number;
  readonly apiKind?: ApiKind;
  readonly freeReason?: FreeReason;
  readonly requestBytes?: number;
  readonly responseBytes?: number;
  readonly connectionKey?: { readonly apiKeyId: string; readonly usagePlanId: string };
  readonly metrics?: Partial<MetricKey>;
  readonly latencyUs?: number;
  readonly integrationLatencyUs?: number;
}

/** batchOf encodes events with contiguous sequence numbers as a node does. */
export function batchOf(
  source: string,
  firstSeq: number,
  inits: readonly EventInit[],
  leasesQuotas = false,
): Buffer {
  const events = Buffer.alloc(inits.length * EVENT_MAX_BYTES);
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
      endTimeUnixMs: init.atMs ?? T0,
      status: init.status ?? 200,
      latencyUs: init.latencyUs ?? 1500,
      integrationLatencyUs: init.integrationLatencyUs ?? 1000,
      requestBytes: init.requestBytes ?? 10,
      responseBytes: init.responseBytes ?? 100,
      requestId: "r",
      apiKeyId: init.apiKeyId ?? "",
      usagePlanId: init.usagePlanId ?? "",
      messageCount: init.messageCount ?? 0,
      connectionMinutes: init.connectionMinutes ?? 0,
      apiKind: init.apiKind ?? ApiKind.REST,
      freeReason: init.freeReason ?? FreeReason.UNSPECIFIED,
      connectionKey: init.connectionKey,
      metricKey: encodeMetricKey({ apiName: "", isCanary: false, isDetailed: false, ...init.metrics }),
      cacheOutcome: CacheOutcome.UNSPECIFIED,
      fault: Fault.UNSPECIFIED,
      isConnect: false,
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
