import type { ClientHttp2Stream } from "node:http2";
import type { Logger } from "@tollgate/telemetry";
import type { EdgeAccess } from "../listener/edge-access.ts";
import { OriginLink } from "./origin-link.ts";

const RETRY_MIN_MS = 100;
const RETRY_MAX_MS = 5_000;

export interface OriginsOptions {
  /** host:port of each. */
  readonly addresses: readonly string[];
  /** So many connections are kept open to each. */
  readonly connections: number;
  readonly serverName: string | undefined;
  readonly access: () => EdgeAccess;
  readonly logger: Logger;
}

/** OriginState is what is known of an origin. */
export interface OriginState {
  readonly address: string;
  readonly isReachable: boolean;
  /** Why it is not. */
  readonly problem: string;
  /** Viewers on its connections. */
  readonly streams: number;
  /** Connections that failed, or were refused. */
  readonly failures: number;
}

/** One of an origin's connections, and what takes its place. */
interface Slot {
  link: OriginLink | undefined;
  /** Since it was last ready. */
  attempts: number;
  retry: NodeJS.Timeout | undefined;
}

/** Origin is one node of the region, and the connections that are kept open to it. */
class Origin {
  readonly address: string;
  readonly #options: OriginsOptions;
  readonly #slots: Slot[];
  /** Those that take no more viewers, until their last one is gone. */
  readonly #leaving = new Set<OriginLink>();
  #isClosed = false;
  #wasReachable = true;
  problem = "it has not responded yet";
  failures = 0;

  constructor(address: string, options: OriginsOptions) {
    this.address = address;
    this.#options = options;
    this.#slots = Array.from({ length: options.connections }, () => ({
      link: undefined,
      attempts: 0,
      retry: undefined,
    }));
    for (const slot of this.#slots) this.#connect(slot);
  }

  get links(): readonly OriginLink[] {
    return this.#slots.flatMap(({ link }) => (link?.isOpen ? [link] : []));
  }

  get streams(): number {
    const all = [...this.#slots.flatMap(({ link }) => link ?? []), ...this.#leaving];
    return all.reduce((sum, { streams }) => sum + streams, 0);
  }

  #connect(slot: Slot): void {
    const { serverName, access } = this.#options;
    const link: OriginLink = new OriginLink({
      address: this.address,
      serverName,
      access,
      onReady: () => {
        slot.attempts = 0;
        this.#report(undefined);
      },
      onOver: (reason) => this.#over(slot, link, reason),
    });
    slot.link = link;
  }

  #over(slot: Slot, link: OriginLink, reason: string): void {
    slot.link = undefined;
    if (link.streams > 0) this.#leaving.add(link);
    for (const one of this.#leaving) if (one.streams === 0) this.#leaving.delete(one);
    this.failures++;
    if (this.links.length === 0) this.#report(reason);
    if (this.#isClosed) return;
    const waitMs = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** slot.attempts++) * (0.5 + Math.random() / 2);
    slot.retry = setTimeout(() => this.#connect(slot), waitMs);
  }

  /** undefined: it takes viewers. Each change is reported once. */
  #report(problem: string | undefined): void {
    const { logger } = this.#options;
    const isReachable = problem === undefined;
    const isNew = problem !== undefined && problem !== this.problem;
    this.problem = problem ?? "";
    if (this.#isClosed || (isReachable === this.#wasReachable && !isNew)) return;
    this.#wasReachable = isReachable;
    const { address: origin } = this;
    if (isReachable) logger.info({ origin }, "the origin takes viewers");
    else logger.warn({ origin, problem }, "the origin takes no viewers");
  }

  leave(): void {
    for (const { link } of this.#slots) link?.leave();
    for (const link of this.#leaving) link.leave();
  }

  close(): void {
    this.#isClosed = true;
    for (const { retry, link } of this.#slots) {
      clearTimeout(retry);
      link?.destroy();
    }
    for (const link of this.#leaving) link.destroy();
  }
}

/** Origins are the nodes of the region that an edge node relays to. */
export class Origins implements Disposable {
  readonly #all: readonly Origin[];

  constructor(options: OriginsOptions) {
    this.#all = options.addresses.map((address) => new Origin(address, options));
  }

  /**
   * open sends a viewer to the connection with the fewest viewers, and adds it to those that were `asked`; undefined: no other one takes it. One of an
   * origin that has been asked comes last: its next worker may have room, but another origin is more likely to.
   */
  open(viewer: string, asked: Set<OriginLink>): ClientHttp2Stream | undefined {
    const left = this.#all.flatMap(({ links }) => {
      const wasAsked = links.some((link) => asked.has(link));
      return links.flatMap((link) => (asked.has(link) ? [] : { link, wasAsked }));
    });
    left.sort((a, b) => Number(a.wasAsked) - Number(b.wasAsked) || a.link.streams - b.link.streams);
    for (const { link } of left) {
      const stream = link.open(viewer);
      asked.add(link);
      if (stream) return stream;
    }
    return undefined;
  }

  /** leave has the origins end the viewers of this edge node between two requests. */
  leave(): void {
    for (const origin of this.#all) origin.leave();
  }

  get states(): readonly OriginState[] {
    return this.#all.map(({ address, links, problem, streams, failures }) => ({
      address,
      isReachable: links.length > 0,
      problem,
      streams,
      failures,
    }));
  }

  [Symbol.dispose](): void {
    for (const origin of this.#all) origin.close();
  }
}
