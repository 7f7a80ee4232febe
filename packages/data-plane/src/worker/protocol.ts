import type { ThrottleSettings } from "@tollgate/config";
import type { RefusedPart } from "@tollgate/config-stream";
import type {
  AddressRules,
  ConnectionAddress,
  ConnectionOrder,
  ConnectionPage,
  ConnectionRecord,
  Kept,
  ListAsk,
  OrderOutcome,
} from "@tollgate/pipeline";
import type { MetricReading, TracingSettings } from "@tollgate/telemetry";
import type { UpstreamSettings } from "@tollgate/transport";
import type { CacheNotice, FindAsk } from "../cache/cache-messages.ts";
import type { KeyRecord } from "../directory/key-record.ts";
import type { KeyQuestion } from "../directory/worker-directory.ts";
import type { Grant, QuotaAsk, QuotaLease, TakeAsk } from "../limits/source.ts";
import type { ClientLimits } from "../listener/client-limits.ts";
import type { EdgeAccess } from "../listener/edge-access.ts";
import type { Http1ReaderName } from "../listener/http1/http1-readers.ts";
import type { PrivateEntrance } from "../listener/private-entrance.ts";
import type { TlsMaterial } from "../listener/tls-material.ts";
import type { TrustedProxies } from "../listener/trusted-proxies.ts";
import type { SpoolOrder } from "../usage/source-log.ts";
import type { SyncPolicy } from "../usage/spool.ts";
import type { Samples } from "./sample-reservoir.ts";
import type { SampleAsk, SampledCall } from "./web-acl-samples.ts";

/** The settings that a worker gets at its start. */
export interface WorkerStart {
  /** Limits are counted and reported, and refuse nothing. */
  readonly isShadowed: boolean;
  readonly worker: number;
  readonly boot: string;
  readonly nodeId: string;
  readonly host: string;
  readonly spool: { readonly folder: string; readonly segmentBytes: number; readonly sync: SyncPolicy };
  /** How many bytes the worker may write to its spool at first. */
  readonly spoolBytes: number;
  /** The same for log events; undefined: no log is written. */
  readonly logs:
    | {
        readonly folder: string;
        readonly segmentBytes: number;
        /** They can be asked for again: traces go there too. */
        readonly isStored: boolean;
      }
    | undefined;
  readonly logBytes: number;
  readonly supervisorPid: number;
  /** How many workers the node has. */
  readonly workers: number;
  readonly tracing: TracingSettings | undefined;
  readonly upstreams: UpstreamSettings;
  readonly regionThrottle: ThrottleSettings | undefined;
  readonly addresses: AddressRules;
  readonly clients: ClientLimits;
  readonly http1Reader: Http1ReaderName;
  readonly trustedProxies: TrustedProxies | undefined;
  /** Networks of proxies that begin each connection with a header of the PROXY protocol; undefined: there are none. */
  readonly proxyProtocol: readonly string[] | undefined;
  /** How private networks reach it; undefined: they do not. */
  readonly privateEntrance: Omit<PrivateEntrance, "httpPort" | "httpsPort"> | undefined;
  /** Memory for responses in the worker itself. */
  readonly responseCacheBytes: number;
  /** Encrypts responses whose stage asks for that. */
  readonly cacheSecret: Uint8Array;
  /** 0: nothing watches the event loop. */
  readonly watchdogMs: number;
  readonly logLevel: string;
  /** How edge nodes and this one show who they are; undefined: no edge node reaches it. */
  readonly edge: EdgeAccess | undefined;
  /** undefined: nothing is served with TLS. */
  readonly https: WorkerHttps | undefined;
}

/** WorkerHttps is how a worker serves HTTPS. */
export interface WorkerHttps {
  readonly material: TlsMaterial;
  /** Where calls without TLS are sent; 0: to the port that listens; undefined: they are served. */
  readonly redirectPort: number | undefined;
}

/** ListenPorts are where to listen; 0 selects a free port, undefined: not at all. */
export interface ListenPorts {
  readonly http: number | undefined;
  readonly https: number | undefined;
  /** Of private networks. */
  readonly privateHttp: number | undefined;
  readonly privateHttps: number | undefined;
  /** Of edge nodes. */
  readonly edge: number | undefined;
}

/** An artifact that is sent to a worker. */
export interface WorkerArtifact {
  readonly name: string;
  readonly content: Buffer;
}

/** OrderAsk is an order for a connection, which another worker or node may have. */
export interface OrderAsk {
  readonly address: ConnectionAddress;
  readonly order: ConnectionOrder;
}

/** Ask is a question of a worker to its node. */
export type Ask =
  | ({ readonly kind: "key" } & KeyQuestion)
  | ({ readonly kind: "take" } & TakeAsk)
  | ({ readonly kind: "lease" } & QuotaAsk)
  | ({ readonly kind: "find" } & FindAsk)
  | ({ readonly kind: "order" } & OrderAsk)
  | ({ readonly kind: "connections" } & ListAsk);

/** AskReply is the node's reply to a question: a KeyRecord, a Grant, a QuotaLease, what is cached, what came of an order, or a list of connections. */
export interface AskReply {
  readonly id: number;
  readonly value?: KeyRecord | Grant | QuotaLease | Kept | OrderOutcome | ConnectionPage;
  readonly error?: string;
}

/** ConnectionNotice says which connections of a worker have opened, and the ids of those whose ends it reports from now on. */
export interface ConnectionNotice {
  readonly type: "connections";
  readonly opened: readonly ConnectionRecord[];
  readonly closed: readonly string[];
  /** The minutes of its connections that began until then are recorded; left out: as far as before. */
  readonly countedUnixMs?: number;
}

/** OrphanedConnection is a connection of a worker that has ended. */
export interface OrphanedConnection {
  readonly connection: ConnectionRecord;
  /** Its minutes that began until then are recorded. */
  readonly countedUnixMs: number;
  readonly endedUnixMs: number;
}

export type ToWorker =
  | { readonly type: "start"; readonly start: WorkerStart }
  | {
      readonly type: "apply";
      readonly id: number;
      /** Revision of the config that it leads to. */
      readonly version: number;
      readonly upserts: readonly WorkerArtifact[];
      readonly removals: readonly string[];
      readonly changedKeys: readonly string[];
    }
  | { readonly type: "replies"; readonly replies: readonly AskReply[] }
  /** Another worker, or another node, invalidated an entry in the response cache. */
  | { readonly type: "drop"; readonly name: string }
  | { readonly type: "spool"; readonly of: "usage" | "logs"; readonly order: SpoolOrder }
  | { readonly type: "tls"; readonly material: TlsMaterial }
  | { readonly type: "edge"; readonly access: EdgeAccess }
  /** The node stops soon: clients are asked to make their next calls elsewhere. */
  | { readonly type: "leave" }
  | { readonly type: "listen"; readonly id: number; readonly ports: ListenPorts }
  /** Orders for connections of the worker. */
  | { readonly type: "orders"; readonly id: number; readonly orders: readonly OrderAsk[] }
  /** Connections of a worker that has ended: their ends are to be reported, and the rest of their minutes. */
  | { readonly type: "orphaned"; readonly id: number; readonly connections: readonly OrphanedConnection[] }
  | { readonly type: "metrics"; readonly id: number }
  | { readonly type: "samples"; readonly id: number; readonly ask: SampleAsk }
  | { readonly type: "drain"; readonly id: number; readonly timeoutMs: number };

/** WorkerBeat says again and again that a worker's event loop runs, and whether it refuses calls. */
export interface WorkerBeat {
  readonly type: "beat";
  /** Why it can record no call; undefined: it can. */
  readonly outage: string | undefined;
  /** It refused every call since the last beat, because it has no time or memory for them. */
  readonly isShedding: boolean;
}

export type FromWorker =
  | { readonly type: "ask"; readonly asks: readonly { readonly id: number; readonly ask: Ask }[] }
  | ConnectionNotice
  | CacheNotice
  | WorkerBeat
  /** The last usage event that is in the spool. */
  | { readonly type: "recorded"; readonly lastSeq: number }
  | { readonly type: "done"; readonly id: number; readonly result: WorkerResult }
  | { readonly type: "failed"; readonly id: number; readonly message: string };

export interface WorkerResult {
  readonly refused?: readonly RefusedPart[];
  /** What is listened on. */
  readonly ports?: ListenPorts;
  /** What came of orders, in their order; null: there is no such connection. */
  readonly outcomes?: readonly (OrderOutcome | null)[];
  readonly readings?: readonly MetricReading[];
  readonly samples?: Samples<SampledCall>;
}
