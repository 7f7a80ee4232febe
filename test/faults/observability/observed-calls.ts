import { type Cluster, type ClusterNode, stageUrl } from "../../kit/cluster.ts";
import { drive } from "../../kit/http-driver.ts";
import { until } from "../../kit/process.ts";
import type { Failure, Outages } from "../outages.ts";
import { HTTP, REST, STAGE } from "./observed-apis.ts";

const CONNECTIONS_PER_NODE = 16;

/** Kind is a call that the driver makes, and what it knows of its responses. */
export interface Kind {
  readonly apiId: string;
  readonly path: string;
  readonly token?: string;
  /** What it may get. */
  readonly statuses: readonly number[];
  /** Calls of this kind among a hundred. */
  readonly share: number;
  /** No route takes it. */
  readonly isUnrouted?: true;
}

const rest = { apiId: REST.id };
const http = { apiId: HTTP.id };

const KINDS: readonly Kind[] = [
  { ...rest, path: "/ok", statuses: [200], share: 30 },
  { ...rest, path: "/missing", statuses: [404], share: 6 },
  { ...rest, path: "/broken", statuses: [503], share: 5 },
  { ...rest, path: "/guarded", token: "allow", statuses: [200], share: 5 },
  { ...rest, path: "/guarded", token: "deny", statuses: [403], share: 4 },
  { ...rest, path: "/guarded", statuses: [401], share: 3 },
  { ...rest, path: "/throttled", statuses: [200, 429], share: 6 },
  { ...rest, path: "/cached", statuses: [200], share: 14 },
  { ...rest, path: "/nothing", statuses: [403], share: 3, isUnrouted: true },
  { ...http, path: "/ok", statuses: [200], share: 10 },
  { ...http, path: "/missing", statuses: [404], share: 4 },
  { ...http, path: "/broken", statuses: [503], share: 4 },
  { ...http, path: "/guarded", token: "allow", statuses: [200], share: 2 },
  { ...http, path: "/guarded", token: "deny", statuses: [403], share: 1 },
  { ...http, path: "/guarded", statuses: [401], share: 1 },
  { ...http, path: "/nothing", statuses: [404], share: 2, isUnrouted: true },
];

/** AnsweredCall is a call with its response, as the driver saw it. */
export interface AnsweredCall {
  readonly kind: Kind;
  readonly requestId: string;
  readonly status: number;
  readonly bodyBytes: number;
}

export interface CallsOptions {
  readonly cluster: Cluster;
  readonly outages: Outages;
  /** Of all nodes together. */
  readonly calls: number;
  readonly random: () => number;
}

/** ObservedCalls calls the REST and the HTTP API on every node, each call of a kind that the random source chooses. */
export class ObservedCalls {
  readonly answered: AnsweredCall[] = [];
  readonly unexpected: string[] = [];
  readonly failures: Failure[] = [];
  readonly done: Promise<unknown>;
  readonly #outages: Outages;

  constructor({ cluster, outages, calls, random }: CallsOptions) {
    this.#outages = outages;
    const kinds = Array.from({ length: calls }, () => kindAt(random() * 100));
    const { nodes } = cluster;
    this.done = Promise.all(
      nodes.map((node, at) =>
        this.#drive(
          node,
          kinds.filter((_kind, i) => i % nodes.length === at),
        ),
      ),
    );
  }

  #drive(node: ClusterNode, kinds: readonly Kind[]): Promise<void> {
    const kindOf = (i: number) => kinds[i] as Kind;
    return drive({
      origin: `http://127.0.0.1:${node.httpPort}`,
      path: (i) => `${new URL(stageUrl(node, kindOf(i).apiId, STAGE)).pathname}${kindOf(i).path}`,
      headers: (i) => (kindOf(i).token ? { authorization: kindOf(i).token as string } : {}),
      concurrency: CONNECTIONS_PER_NODE,
      calls: kinds.length,
      onAnswer: (i, { status, requestId, body }) => {
        const kind = kindOf(i);
        this.answered.push({ kind, requestId, status, bodyBytes: Buffer.byteLength(body) });
        if (!kind.statuses.includes(status))
          this.unexpected.push(`${node.id} responded ${status} to ${kind.path} of ${kind.apiId}`);
      },
      onFailure: (_i, error) => this.failures.push({ nodeId: node.id, atMs: performance.now(), error }),
    });
  }

  /** Waits until so many calls were made, whatever became of them. */
  async made(count: number): Promise<void> {
    const now = () => this.answered.length + this.failures.length;
    await until(
      () => `${count} calls, of which ${now()} were made`,
      () => now() >= count,
      300_000,
    );
  }

  /** Failures that no kill explains. */
  get failed(): readonly string[] {
    return this.failures
      .filter((failure) => !this.#outages.explain(failure))
      .map(({ nodeId, error }) => `${nodeId}: ${error.message}`);
  }
}

function kindAt(place: number): Kind {
  let end = 0;
  return KINDS.find(({ share }) => (end += share) > place) ?? (KINDS[0] as Kind);
}
