import type { RefusedPart } from "@tollgate/config-stream";
import type { MetricReading } from "@tollgate/telemetry";
import type { Allowance } from "@tollgate/pipeline";
import type { ThrottleSettings } from "@tollgate/config";
import type { UpstreamSettings } from "@tollgate/transport";
import type { KeyRecord } from "../directory/key-record.ts";
import type { TakeAsk } from "../limits/leased-limiter.ts";
import type { Grant } from "../limits/token-buckets.ts";

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
  readonly regionThrottle: ThrottleSettings | undefined;
  readonly responseCacheBytes: number;
  readonly logLevel: string;
}

/** An artifact on its way to a worker. */
export interface WorkerArtifact {
  readonly name: string;
  readonly content: Buffer;
}

/** Ask is a question of a worker to its node. */
export type Ask =
  | { readonly kind: "key"; readonly name: string }
  | ({ readonly kind: "take" } & TakeAsk)
  | { readonly kind: "use"; readonly counter: string; readonly allowance: Allowance };

/** ToldAnswer is the node's answer: a KeyRecord, a Grant or whether the allowance had a call left. */
export interface ToldAnswer {
  readonly id: number;
  readonly value?: KeyRecord | Grant | boolean;
  readonly error?: string;
}

export type ToWorker =
  | { readonly type: "start"; readonly start: WorkerStart }
  | {
      readonly type: "apply";
      readonly id: number;
      readonly upserts: readonly WorkerArtifact[];
      readonly removals: readonly string[];
      readonly changedKeys: readonly string[];
    }
  | { readonly type: "told"; readonly answers: readonly ToldAnswer[] }
  /** Another worker invalidated an entry of the response cache. */
  | { readonly type: "drop"; readonly key: string }
  /** Port 0 picks one. */
  | { readonly type: "listen"; readonly id: number; readonly port: number }
  | { readonly type: "metrics"; readonly id: number }
  | { readonly type: "drain"; readonly id: number; readonly timeoutMs: number };

export type FromWorker =
  | { readonly type: "ask"; readonly asks: readonly { readonly id: number; readonly ask: Ask }[] }
  | { readonly type: "invalidated"; readonly key: string }
  | { readonly type: "done"; readonly id: number; readonly result: WorkerResult }
  | { readonly type: "failed"; readonly id: number; readonly message: string };

export interface WorkerResult {
  readonly refused?: readonly RefusedPart[];
  readonly port?: number;
  readonly readings?: readonly MetricReading[];
}
