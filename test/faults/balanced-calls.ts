import { Readable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { Pool } from "undici";
import { type Cluster, type ClusterNode, stageUrl } from "../kit/cluster.ts";
import { proxy, resourceOf } from "../kit/rest-api.ts";
import { readBody, startHttpUpstream, type Upstream } from "../kit/upstream.ts";

const API = "balanced01";
const STAGE = "prod";
/** How often the load balancer asks each node whether it is ready. Nodes that stop serve on for longer than that. */
const PROBE_MS = 100;
const CONNECTIONS = 256;
const CALL_TIMEOUT_MS = 60_000;
/** Of so many calls one is slow, and one is an upload. */
const KINDS_EVERY = 50;
const SLOW_AT = 7;
const UPLOAD_AT = 31;
export const SLOW_MS = 3_000;
const UPLOAD_PARTS = 4;
const UPLOAD_PART = Buffer.alloc(64 * 1024, "u");
const UPLOAD_PART_MS = 300;

type Kind = "quick" | "slow" | "upload";

/** startCalledUpstream is what the calls reach: it takes its time for slow ones, and says how much of an upload it has got. */
export const startCalledUpstream = (): Promise<Upstream> =>
  startHttpUpstream(async (request, response) => {
    if (request.url === "/slow") await delay(SLOW_MS);
    response.end(`${request.url} ${(await readBody(request)).length}`);
  });

/** configureCalls makes the API that is called. */
export async function configureCalls(cluster: Cluster, { origin }: Upstream): Promise<void> {
  await cluster.apply([
    { kind: "RestApi", id: API, spec: { name: "balanced" } },
    resourceOf(API, "quick", "/quick", { GET: proxy(`${origin}/quick`) }),
    resourceOf(API, "slow", "/slow", { GET: proxy(`${origin}/slow`) }),
    resourceOf(API, "upload", "/upload", {
      POST: proxy(`${origin}/upload`),
    }),
  ]);
  await cluster.waitApplied(await cluster.deploy(API, STAGE));
}

/** The parts of an upload, with a pause between them. */
async function* uploaded(): AsyncGenerator<Buffer> {
  for (let part = 0; part < UPLOAD_PARTS; part++) {
    if (part > 0) await delay(UPLOAD_PART_MS);
    yield UPLOAD_PART;
  }
}

/** Target is a node as the load balancer knows it. */
interface Target {
  readonly id: string;
  readonly pool: Pool;
  isReady: boolean;
}

/**
 * BalancedCalls are calls at a rate, whether or not those before have ended, by way of a load balancer: it asks nodes whether they are ready, sends calls in turns to those
 * that are, and repeats none.
 */
export class BalancedCalls {
  readonly answered: string[] = [];
  readonly failed: string[] = [];
  readonly counts: Record<Kind, number> = { quick: 0, slow: 0, upload: 0 };
  readonly #cluster: Cluster;
  readonly #targets: readonly Target[];
  readonly #stop = new AbortController();
  readonly #running: Promise<unknown>;
  #turn = 0;

  constructor(cluster: Cluster, callsPerSecond: number) {
    this.#cluster = cluster;
    this.#targets = cluster.nodes.map(({ id, httpPort }) => ({
      id,
      pool: new Pool(`http://127.0.0.1:${httpPort}`, { connections: CONNECTIONS, pipelining: 1 }),
      isReady: true,
    }));
    this.#running = Promise.all([
      ...this.#targets.map((target) => this.#probe(target)),
      this.#callAtRate(callsPerSecond),
    ]);
  }

  async #probe(target: Target): Promise<void> {
    while (!this.#stop.signal.aborted) {
      const node = this.#nodeOf(target);
      target.isReady = await fetch(`http://127.0.0.1:${node.adminPort}/readyz`, {
        signal: AbortSignal.timeout(2_000),
      }).then(
        async (response) => {
          await response.arrayBuffer();
          return response.ok;
        },
        () => false,
      );
      await delay(PROBE_MS);
    }
  }

  /** As it is now: a restart replaces it. */
  #nodeOf({ id }: Target): ClusterNode {
    return this.#cluster.nodes.find((node) => node.id === id) as ClusterNode;
  }

  async #callAtRate(callsPerSecond: number): Promise<void> {
    const calls = new Set<Promise<void>>();
    const startMs = performance.now();
    for (let number = 0; !this.#stop.signal.aborted; number++) {
      const waitMs = startMs + (number * 1_000) / callsPerSecond - performance.now();
      if (waitMs > 1) await delay(waitMs);
      const call = this.#call(number).finally(() => calls.delete(call));
      calls.add(call);
    }
    await Promise.all(calls);
  }

  async #call(number: number): Promise<void> {
    const at = number % KINDS_EVERY;
    const kind = at === SLOW_AT ? "slow" : at === UPLOAD_AT ? "upload" : "quick";
    const ready = this.#targets.filter(({ isReady }) => isReady);
    const target = ready[this.#turn++ % ready.length];
    if (!target) {
      this.failed.push("no node is ready");
      return;
    }
    const length = kind === "upload" ? UPLOAD_PARTS * UPLOAD_PART.length : 0;
    try {
      const path = `${new URL(stageUrl(this.#nodeOf(target), API, STAGE)).pathname}/${kind}`;
      const { statusCode, headers, body } = await target.pool.request({
        path,
        headersTimeout: CALL_TIMEOUT_MS,
        ...(kind === "upload"
          ? {
              method: "POST",
              body: Readable.from(uploaded(), { objectMode: false }),
              headers: { "content-length": String(length) },
            }
          : { method: "GET" }),
      });
      const text = await body.text();
      this.answered.push(String(headers["x-amzn-requestid"]));
      this.counts[kind]++;
      if (statusCode !== 200 || text !== `/${kind} ${length}`)
        this.failed.push(`${target.id} responded ${statusCode} ${text.slice(0, 200)} to a ${kind} call`);
    } catch (error) {
      this.failed.push(`a ${kind} call to ${target.id}: ${(error as Error).message}`);
    }
  }

  /** Makes no more calls, and waits for the end of those that are there. */
  async stop(): Promise<void> {
    this.#stop.abort();
    await this.#running;
    await Promise.all(this.#targets.map(({ pool }) => pool.close()));
  }
}
