import type { Logger } from "@tollgate/telemetry";
import { ApiError, type ApiServer } from "./api-server.ts";

/** A leader that has not renewed its lease for so long is replaced. */
const LEASE_SECONDS = 15;
/** Its own view ends before that of the others: two do not lead at the same time, unless a clock runs twice as fast. */
const LEADS_MS = 10_000;
export const RENEW_MS = 2_000;
/** An API server that takes longer cannot say who leads. */
const CALL_MS = 5_000;

/** coordination.k8s.io/v1 Lease, as far as it is used here. */
interface Lease {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly resourceVersion?: string;
  };
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface LeaseElectionOptions {
  readonly api: Pick<ApiServer, "call" | "find">;
  readonly lease: { readonly namespace: string; readonly name: string };
  /** Names this process among those that could lead. */
  readonly identity: string;
  /** Never goes back. */
  readonly nowMs: () => number;
  readonly logger: Pick<Logger, "info">;
}

/** MicroTime of Kubernetes has microseconds. */
const microTime = (): string => new Date().toISOString().replace("Z", "000Z");

/**
 * LeaseElection makes one of several processes the leader by a Lease, which only one can change at a time. Clocks of others are not trusted: a lease has
 * ended when it has not changed for its duration by the clock of whoever looks.
 */
export class LeaseElection {
  readonly #options: LeaseElectionOptions;
  /** What was seen of the lease, and since when. */
  #seen: { readonly version: string; readonly sinceMs: number } | undefined;
  #renewedMs = Number.NEGATIVE_INFINITY;

  constructor(options: LeaseElectionOptions) {
    this.#options = options;
  }

  /** Whether this process leads, as far as it can know. */
  get isLeading(): boolean {
    return this.#options.nowMs() - this.#renewedMs < LEADS_MS;
  }

  get #path(): string {
    return `/apis/coordination.k8s.io/v1/namespaces/${this.#options.lease.namespace}/leases`;
  }

  /** run renews the lease, or takes it if nobody has it. It throws an ApiError if the API server cannot say. */
  async run(): Promise<void> {
    const { api, lease, identity, nowMs, logger } = this.#options;
    const startMs = nowMs();
    const wasLeading = this.isLeading;
    const signal = AbortSignal.timeout(CALL_MS);
    const present = await api.find<Lease>({ path: `${this.#path}/${lease.name}`, signal });
    if (!this.#mayHold(present)) return this.#lose();
    const isMine = present?.spec?.holderIdentity === identity;
    const now = microTime();
    const next: Lease & { readonly apiVersion: string; readonly kind: string } = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { ...present?.metadata, ...lease },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: LEASE_SECONDS,
        renewTime: now,
        acquireTime: (isMine && present.spec?.acquireTime) || now,
        leaseTransitions: (present?.spec?.leaseTransitions ?? 0) + (isMine ? 0 : 1),
      },
    };
    try {
      await api.call(
        present
          ? { method: "PUT", path: `${this.#path}/${lease.name}`, body: next, signal }
          : { method: "POST", path: this.#path, body: next, signal },
      );
    } catch (error) {
      // Another one was faster.
      if (error instanceof ApiError && error.status === 409) return this.#lose();
      throw error;
    }
    this.#renewedMs = startMs;
    if (!wasLeading) logger.info({ lease: lease.name }, "this control plane applies objects of Kubernetes");
  }

  /** Whether the lease is this process's, or free, or was not renewed in time. */
  #mayHold(present: Lease | undefined): boolean {
    const { identity, nowMs } = this.#options;
    const { holderIdentity, leaseDurationSeconds = LEASE_SECONDS } = present?.spec ?? {};
    if (!holderIdentity || holderIdentity === identity) return true;
    const version = present?.metadata.resourceVersion ?? "";
    if (this.#seen?.version !== version) this.#seen = { version, sinceMs: nowMs() };
    return nowMs() - this.#seen.sinceMs > leaseDurationSeconds * 1_000;
  }

  #lose(): void {
    if (this.isLeading)
      this.#options.logger.info({ lease: this.#options.lease.name }, "another control plane leads");
    this.#renewedMs = Number.NEGATIVE_INFINITY;
  }

  /** release lets another process lead at once. */
  async release(): Promise<void> {
    if (!this.isLeading) return;
    this.#renewedMs = Number.NEGATIVE_INFINITY;
    const { api, lease, identity } = this.#options;
    const path = `${this.#path}/${lease.name}`;
    const signal = AbortSignal.timeout(CALL_MS);
    const present = await api.find<Lease>({ path, signal });
    if (present?.spec?.holderIdentity !== identity) return;
    const spec = { ...present.spec, holderIdentity: "", leaseDurationSeconds: 1 };
    await api.call({ method: "PUT", path, body: { ...present, spec }, signal });
  }
}
