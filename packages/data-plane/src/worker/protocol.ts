import type { RefusedPart } from "@tollgate/config-stream";
import type { MetricReading } from "@tollgate/telemetry";
import type { UpstreamSettings } from "@tollgate/transport";

/** What a worker is told when it starts. */
export interface WorkerStart {
  readonly worker: number;
  readonly boot: string;
  readonly nodeId: string;
  readonly host: string;
  readonly spoolFolder: string;
  readonly otlpEndpoint: string | undefined;
  readonly traceSampleRatio: number;
  readonly upstreams: UpstreamSettings;
  readonly logLevel: string;
}

/** A resource on its way to a worker. */
export interface WorkerResource {
  readonly name: string;
  readonly content: Buffer;
}

export type ToWorker =
  | { readonly type: "start"; readonly start: WorkerStart }
  | {
      readonly type: "apply";
      readonly id: number;
      readonly upserts: readonly WorkerResource[];
      readonly removals: readonly string[];
    }
  /** Port 0 picks one. */
  | { readonly type: "listen"; readonly id: number; readonly port: number }
  | { readonly type: "metrics"; readonly id: number }
  | { readonly type: "drain"; readonly id: number; readonly timeoutMs: number };

export type FromWorker =
  | { readonly type: "done"; readonly id: number; readonly result: WorkerResult }
  | { readonly type: "failed"; readonly id: number; readonly message: string };

export interface WorkerResult {
  readonly refused?: readonly RefusedPart[];
  readonly port?: number;
  readonly readings?: readonly MetricReading[];
}
