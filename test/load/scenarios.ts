import { apply } from "./apply.ts";
import { bodies } from "./bodies.ts";
import { callPath } from "./call-path.ts";
import { connections } from "./connections.ts";
import { control } from "./control.ts";
import { domains } from "./domains.ts";
import { editRate } from "./edit-rate.ts";
import { edits } from "./edits.ts";
import { features } from "./features.ts";
import { fullLoad } from "./full-load.ts";
import { idleMemory } from "./idle-memory.ts";
import { ingestion } from "./ingestion.ts";
import { invoices } from "./invoices.ts";
import { keys } from "./keys.ts";
import { large } from "./large.ts";
import { latency } from "./latency.ts";
import { listeners } from "./listeners.ts";
import { logs } from "./logs.ts";
import { mapping } from "./mapping.ts";
import { messages } from "./messages.ts";
import { metrics } from "./metrics.ts";
import { nodeStart } from "./node-start.ts";
import { observers } from "./observers.ts";
import { openConnections } from "./open-connections.ts";
import { overload } from "./overload.ts";
import type { LoadReport } from "./report.ts";
import { rollout } from "./rollout.ts";
import { routes } from "./routes.ts";
import { sizes } from "./sizes.ts";
import { start } from "./start.ts";
import { subscribers } from "./subscribers.ts";
import { swaps } from "./swaps.ts";
import { tls } from "./tls.ts";
import { usage } from "./usage.ts";
import { webAcl } from "./web-acl.ts";
import { workers } from "./workers.ts";

/** What can be chosen of some scenarios. */
export interface Chosen {
  /** How many of what it holds; 0: its own number. */
  readonly count: number;
  /** One of its figures alone; empty: all. */
  readonly figure: string;
  /** Folder for CPU profiles; empty: none are made. */
  readonly profile: string;
}

/** Scenario is something that is measured in a process of its own. */
export interface Scenario {
  readonly what: string;
  readonly needs: string;
  readonly run: (quick: boolean, chosen: Chosen) => Promise<LoadReport>;
}

/** All scenarios by name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  "call-path": {
    what: "CPU of a bare HTTP_PROXY call against nginx, haproxy and Caddy, and of an HTTP API's",
    needs: "nginx, haproxy, wrk (Debian), Caddy (Go), Kafka (Java, Maven)",
    run: (quick) => callPath(quick ? { seconds: 1, rounds: 3, warmUpSeconds: 1 } : { seconds: 4, rounds: 5 }),
  },
  features: {
    what: "authorization, API keys, throttles, templates, the cache, MOCK and Lambda against a bare call",
    needs: "nginx, wrk (Debian), Kafka",
    run: (quick) => features(quick ? { seconds: 1, rounds: 3, warmUpSeconds: 1 } : { seconds: 3, rounds: 5 }),
  },
  bodies: {
    what: "downloads and uploads of 1 MB and 10 MB against nginx",
    needs: "nginx, wrk (Debian), Kafka",
    run: (quick) => bodies(quick ? { seconds: 3, rounds: 2, warmUpSeconds: 4 } : { seconds: 4, rounds: 5 }),
  },
  latency: {
    what: "p99 at 50 % of capacity against nginx's, open loop",
    needs: "nginx, wrk (Debian), Go, Kafka, taskset (util-linux), two cores",
    run: (quick) => latency(quick ? { seconds: 2, rounds: 3 } : { seconds: 5, rounds: 5 }),
  },
  routes: {
    what: "calls to 1 to 100,000 routes at random",
    needs: "nginx, wrk (Debian), Kafka",
    run: (quick) =>
      quick
        ? routes([1, 100, 1_000], { seconds: 1, rounds: 3, warmUpSeconds: 1 })
        : routes([1, 10, 100, 1_000, 10_000, 100_000], { seconds: 2, rounds: 5 }),
  },
  "open-connections": {
    what: "calls by 32 to 20,000 connections in turn",
    needs: "nginx, wrk (Debian), Go, Kafka",
    run: (quick) =>
      quick
        ? openConnections([32, 1_000, 5_000], { seconds: 2, rounds: 3, warmUpSeconds: 1 })
        : openConnections([32, 256, 1_000, 5_000, 20_000], { seconds: 3, rounds: 5 }),
  },
  sizes: {
    what: "calls to many stages, with many API keys, and with responses of 100 bytes to 1 MB",
    needs: "nginx, wrk (Debian), Kafka",
    run: (quick) =>
      quick
        ? sizes(
            { stages: [1, 50], keys: [1, 100], bytes: [100, 100_000] },
            { seconds: 1, rounds: 3, warmUpSeconds: 1 },
          )
        : sizes(
            {
              stages: [1, 10, 100, 1_000],
              keys: [1, 100, 10_000],
              bytes: [100, 1_000, 10_000, 100_000, 1_000_000],
            },
            { seconds: 2, rounds: 5 },
          ),
  },
  workers: {
    what: "one worker to one a core",
    needs: "nginx, wrk (Debian), Kafka",
    run: (quick) => workers(quick ? { seconds: 1, rounds: 3, warmUpSeconds: 1 } : { seconds: 3, rounds: 5 }),
  },
  "idle-memory": {
    what: "memory of an idle worker, and of 5 x 1,000 (--count N) idle connections of HTTP",
    needs: "Kafka",
    run: (quick, { count }) =>
      idleMemory(
        quick ? { connections: count || 500, rounds: 3 } : { connections: count || 1_000, rounds: 5 },
      ),
  },
  "full-load": {
    what: "memory of the whole standalone under full load for 10 minutes (--count N)",
    needs: "nginx, wrk (Debian)",
    run: (quick, { count }) => fullLoad({ minutes: count || (quick ? 0.5 : 10) }),
  },
  apply: {
    what: "an apply of one entity at 100,000 entities (--count N) against one at 100",
    needs: "etcd (Go)",
    run: (quick, { count }) =>
      apply(
        quick
          ? { few: 100, many: count || 10_000, writes: 20, rounds: 3 }
          : { few: 100, many: count || 100_000, writes: 100, rounds: 5 },
      ),
  },
  "node-start": {
    what: "a node with 2,000 stages (--count N), from its snapshot to the first response",
    needs: "Kafka",
    run: (quick, { count }) =>
      nodeStart(quick ? { stages: count || 200, rounds: 2 } : { stages: count || 2_000, rounds: 5 }),
  },
  mapping: {
    what: "templates against velocityjs; validation of a 2 KB body",
    needs: "nothing else",
    run: () => mapping(),
  },
  listeners: {
    what: "a worker's CPU of a bare call where the gateway reads HTTP/1.1 itself, against Node's `node:http`",
    needs: "nginx, wrk (Debian)",
    run: (quick) => listeners(quick ? { seconds: 2, rounds: 5 } : { seconds: 4, rounds: 9 }),
  },
  "web-acl": {
    what: "a call behind a web ACL of 20 rules against the bare call",
    needs: "nginx, wrk (Debian)",
    run: (quick) => webAcl(quick ? { seconds: 2, rounds: 5 } : { seconds: 4, rounds: 9 }),
  },
  tls: {
    what: "a call by HTTPS (HTTP/1.1, and HTTP/2 with 32 streams) against the plain one, a handshake against nginx's",
    needs: "nginx, wrk, h2load (Debian)",
    run: (quick) => tls(quick ? { seconds: 2, rounds: 2 } : { seconds: 3, rounds: 4 }),
  },
  domains: {
    what: "1,000 domains (--count N) with certificates of their own against one: handshakes, memory; certificates that change under 500 handshakes a second",
    needs: "nothing else",
    run: (quick, { count }) =>
      domains(
        quick
          ? { count: count || 100, seconds: 2, rounds: 2 }
          : { count: count || 1_000, seconds: 4, rounds: 5 },
      ),
  },
  observers: {
    what: "usage, metrics of methods, a JSON access log and 5 % traces, or the whole execution log with bodies, against the call without them",
    needs: "nginx, wrk (Debian), Kafka",
    run: (quick) => observers(quick ? { seconds: 2, rounds: 3 } : { seconds: 4, rounds: 5 }),
  },
  usage: {
    what: "what a call's usage costs of a worker and of a node, until Kafka has it, against the bare call; and how soon metering has counted a call",
    needs: "nginx, wrk (Debian), Kafka",
    run: (quick) =>
      usage(
        quick
          ? { seconds: 2, rounds: 3, events: 50_000, calls: 60 }
          : { seconds: 4, rounds: 5, events: 200_000, calls: 400 },
      ),
  },
  overload: {
    what: "three times (--count N) the calls that a worker can answer: goodput, latency of those that it takes, recovery; TOLLGATE_LISTENER is the listener's",
    needs: "nginx, wrk (Debian), Go, taskset (util-linux), two cores",
    run: (quick, { count }) =>
      overload({ seconds: quick ? 10 : 60, times: count || 3, besideNginx: count === 0 }),
  },
  rollout: {
    what: "commit to served on 10 nodes, 3,000 routes one by one",
    needs: "etcd (Go), Kafka",
    run: (quick) => rollout({ routes: quick ? 200 : 3_000, nodes: quick ? 3 : 10 }),
  },
  subscribers: {
    what: "1,000 stub nodes on one control plane: edits one by one, then its SIGKILL",
    needs: "etcd (Go)",
    run: (quick) => subscribers(quick ? { count: 1_000, edits: 10 } : { count: 1_000, edits: 50 }),
  },
  edits: {
    what: "200 live edits of a route under load",
    needs: "Kafka",
    run: (quick) => edits({ count: quick ? 20 : 200 }),
  },
  "edit-rate": {
    what: "50 edits a second over 5,000 routes of 50 APIs: from each to its first right response of every node",
    needs: "etcd (Go), Kafka",
    run: (quick) => editRate({ routes: quick ? 500 : 5_000, perSecond: 50, seconds: quick ? 5 : 20 }),
  },
  swaps: {
    what: "memory over 10,000 config swaps",
    needs: "Kafka",
    run: (quick) => swaps(quick ? { count: 400, warmUp: 200 } : { count: 10_000 }),
  },
  large: {
    what: "an API of 10,000 methods, 1,000,000 API keys, then 2,000 stages: times and memory",
    needs: "etcd, Kafka",
    run: (quick) =>
      large(
        quick
          ? { methods: 500, keys: 2_000, stages: 200 }
          : { methods: 10_000, keys: 1_000_000, stages: 2_000 },
      ),
  },
  ingestion: {
    what: "usage events that metering counts on one core, of 10, 1,000 and 10,000 keys, by database",
    needs: "PostgreSQL (Debian)",
    run: (quick) => ingestion({ rounds: quick ? 3 : 9 }),
  },
  invoices: {
    what: "invoices of two months for 100,000 customers (--count N)",
    needs: "PostgreSQL (Debian)",
    run: (quick, { count }) => invoices({ customers: count || (quick ? 1_000 : 100_000) }),
  },
  keys: {
    what: "a control plane and a node with 1,000,000 API keys (--count N) and an API of 10,000 methods, as images run them: starts and memory",
    needs: "etcd (Go), Kafka",
    run: (quick, { count }) =>
      keys({ count: count || (quick ? 50_000 : 1_000_000), methods: quick ? 500 : 10_000 }),
  },
  connections: {
    what: "5,000 WebSockets opened at 500 a second; on another node, 20,000 (--count N) held: memory of each",
    needs: "Kafka",
    run: (quick, { count }) =>
      connections(quick ? { storm: 500, held: count || 1_000 } : { storm: 5_000, held: count || 20_000 }),
  },
  messages: {
    what: "messages of WebSocket APIs against a bare ws server and the bare call of a REST API, @connections on the same and another node (--figure mock, http, post, post_other); packages/docs/sizing.md says what is compared",
    needs: "nginx, wrk (Debian), Kafka",
    run: (quick, { figure, profile }) =>
      messages({ ...(quick ? { seconds: 2, rounds: 2 } : { seconds: 3, rounds: 5 }), figure, profile }),
  },
  control: {
    what: "one apply of 5,000 methods, single writes by gRPC and by AWS's API, with their audit records",
    needs: "etcd (Go), Kafka",
    run: (quick) => control(quick ? { methods: 500, writes: 100 } : { methods: 5_000, writes: 1_000 }),
  },
  logs: {
    what: "events into the log store a second of one core, searches of 1 GB of them (--count MB): times and memory",
    needs: "nothing else",
    run: (quick, { count }) => logs({ megabytes: count || (quick ? 64 : 1_024) }),
  },
  metrics: {
    what: "CloudWatch's metrics of one stage for a day by the minute, from the embedded store: the time of a question",
    needs: "nothing else",
    run: (quick) => metrics({ rounds: quick ? 11 : 51 }),
  },
  start: {
    what: "npm start to the first answered call",
    needs: "nothing else",
    run: (quick) => start({ rounds: quick ? 1 : 5 }),
  },
};
