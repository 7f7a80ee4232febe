/** Figure is what a scenario measures and what has to come of it: less is better of all. */
export interface Figure {
  readonly title: string;
  /** x: times what it is compared with in the same round. */
  readonly unit: "x" | "us" | "ms" | "s" | "KB" | "MB" | "MiB" | "cores";
  readonly goal: number;
  /** What must hold at least. */
  readonly least: number;
}

/** Growth is how a figure changes with the size of something. */
export interface Growth {
  readonly title: string;
  /** What there is more of in each row. */
  readonly by: string;
  readonly unit: string;
}

const ratio = (title: string, goal: number, least: number): Figure => ({ title, unit: "x", goal, least });
const atMost = (title: string, unit: Figure["unit"], most: number): Figure => ({
  title,
  unit,
  goal: most,
  least: most,
});
const keyFigure = (title: string, most: number): Figure =>
  atMost(`${title}, with 1,000,000 API keys and 10,000 methods`, "MiB", most);
/** 200,000 events for a second of one core. */
const ingested = (mix: string): Figure => atMost(`metering counts an event, ${mix}`, "us", 5);

/** All figures that something has to come of, by scenario and name. The names are those of the scenarios' reports. */
export const FIGURES = {
  "call-path": {
    node_vs_nginx: ratio("bare `HTTP_PROXY` call, all observers on, whole node / nginx", 1.8, 2.1),
    node_vs_caddy: ratio("the same / Caddy", 0.38, 0.45),
    http_api_vs_rest_api: ratio("the call of an HTTP API / of a REST API", 0.9, 0.97),
  },
  features: {
    keyed_vs_bare: ratio("API key, throttle and quota of its plan / bare", 1.08, 1.12),
    token_vs_bare: ratio("cached Lambda authorizer / bare", 1.06, 1.15),
    jwt_vs_bare: ratio("verified JWT of an HTTP API / bare call of the HTTP API", 1.06, 1.15),
    signed_vs_bare: ratio("SigV4 / bare", 1.25, 1.35),
    templated_vs_bare: ratio("VTL both ways, 1 KB / bare with the same bodies", 1.2, 1.35),
    cached_vs_bare: ratio("cache hit / bare", 0.35, 0.42),
    mock_vs_bare: ratio("MOCK / bare", 0.35, 0.45),
    function_vs_bare: ratio("Lambda proxy, local Invoke endpoint / bare", 1.3, 1.6),
  },
  bodies: {
    download_1mb_vs_nginx: ratio("download of 1 MB, per MB / nginx", 1.1, 1.3),
    download_10mb_vs_nginx: ratio("download of 10 MB, per MB / nginx", 1.1, 1.3),
    upload_1mb_vs_nginx: ratio("upload of 1 MB, per MB / nginx", 1.5, 2),
    upload_10mb_vs_nginx: ratio("upload of 10 MB, per MB / nginx", 1.5, 2),
  },
  latency: {
    p99_vs_nginx: ratio("p99 at 50 % of capacity, open loop / nginx's", 3, 6),
  },
  routes: {
    random_10000_vs_one: ratio("10,000 routes at random / one route", 1.05, 1.1),
  },
  "open-connections": {
    of_5000_vs_32: ratio("5,000 connections / 32 connections, CPU of a call", 1.5, 1.8),
  },
  "idle-memory": {
    worker_mb: { title: "RSS of an idle worker", unit: "MB", goal: 90, least: 120 },
    connection_kb: { title: "RSS of an idle connection", unit: "KB", goal: 9, least: 13 },
  },
  "full-load": {
    standalone_mb: {
      title: "RSS of the whole standalone, the most in 10 minutes of full load",
      unit: "MB",
      goal: 500,
      least: 800,
    },
  },
  apply: {
    large_vs_small: ratio("apply of one entity at 100,000 entities / at 100", 1.2, 1.4),
  },
  "node-start": {
    first_response_s: {
      title: "start of a node with 2,000 stages, from its snapshot to the first response",
      unit: "s",
      goal: 1,
      least: 1.5,
    },
  },
  observers: {
    observed_vs_off_node: ratio("metrics of methods, JSON access log, 5 % traces / usage alone", 1.2, 1.2),
    traced_vs_off_node: ratio("whole execution log with bodies / usage alone", 2, 2),
  },
  usage: {
    usage_of_worker: ratio("usage of a call / CPU of a worker for the call", 0.05, 0.05),
    usage_of_node: ratio("usage of a call until Kafka has it / CPU of a node for the call", 0.05, 0.05),
    visible_ms_p99: atMost("from a call to its count in metering, p99", "ms", 3_000),
  },
  rollout: {
    commit_to_served_p50_ms: atMost("commit to served on 10 nodes, 3,000 routes one by one, p50", "ms", 30),
    commit_to_served_p99_ms: atMost("the same, p99", "ms", 100),
  },
  subscribers: {
    commit_to_node_p99_ms: atMost("commit to each of 1,000 nodes, p99", "ms", 500),
    control_plane_cores: atMost("processor of the control plane meanwhile", "cores", 1),
  },
  "edit-rate": {
    served_after_edit_p99_ms: atMost("50 edits a second, each until all nodes serve it, p99", "ms", 250),
  },
  keys: {
    restart_ms: atMost(
      "restart of the control plane, with 1,000,000 API keys and 10,000 methods",
      "ms",
      5_000,
    ),
    control_plane_mib: keyFigure("memory of the control plane", 600),
    restarted_mib: keyFigure("memory of the control plane after a restart", 600),
    after_calls_mib: keyFigure("memory of the control plane after calls", 600),
    node_mib: keyFigure("memory of the node", 300),
    restarted_node_mib: keyFigure("memory of the node after a restart", 300),
    node_restart_ms: atMost("restart of the node, with 10,000 methods", "ms", 5_000),
  },
  invoices: {
    embedded_kept_mb_grown: atMost("memory kept after a run of invoices, embedded database", "MiB", 8),
    postgresql_kept_mb_grown: atMost("memory kept after a run of invoices, PostgreSQL", "MiB", 8),
    postgresql_peak_mb: atMost("memory of a run of invoices, the most of it, PostgreSQL", "MiB", 512),
    run_of_100000_s: atMost("invoices of 100,000 customers, by the time for each", "s", 600),
  },
  ingestion: {
    embedded_few: ingested("10 API keys, embedded database"),
    postgresql_few: ingested("10 API keys, PostgreSQL"),
    embedded_many: ingested("1,000 API keys at random, embedded database"),
    postgresql_many: ingested("1,000 API keys at random, PostgreSQL"),
  },
  logs: {
    stored_us_per_event: atMost("an event into the log store", "us", 20),
    search_cpu_ms_per_gb: atMost("the dearest search of 1 GB of lines", "ms", 3_000),
    search_memory_mb: atMost("memory of a search, the most of all", "MiB", 64),
  },
  metrics: {
    day_sum_cpu_ms: atMost("a sum of one stage for a day by the minute", "ms", 50),
    day_p99_cpu_ms: atMost("p99 of one stage for a day by the minute", "ms", 50),
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Figure>>>>;

/** All tables of growth, by scenario and name. */
export const GROWTHS = {
  routes: {
    routes: { title: "Routes, called at random", by: "routes", unit: "us of CPU a call" },
  },
  sizes: {
    stages: { title: "Stages, called at random", by: "stages", unit: "us of CPU a call" },
    api_keys: { title: "API keys, called with at random", by: "API keys", unit: "us of CPU a call" },
    response_bytes: { title: "Size of the response", by: "bytes", unit: "us of CPU a call" },
  },
  "open-connections": {
    connections: { title: "Open connections, used in turn", by: "connections", unit: "us of CPU a call" },
  },
  workers: {
    calls: { title: "Workers: calls a second", by: "workers", unit: "calls a second" },
    us: { title: "Workers: processor time", by: "workers", unit: "us of CPU a call" },
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Growth>>>>;

/** The scenarios of the page of figures, in its order, and how each is measured. */
export const ON_PAGE: Readonly<Record<string, string>> = {
  "call-path":
    "Processor time of a call, user and system, of all processes of a node (supervisor and one worker) or of the other program, while wrk keeps 32 connections busy; the upstream is nginx with 300 bytes. The call of an HTTP API is compared by the worker alone, as are `vs_nginx`, `vs_haproxy` and `vs_caddy` of the other values.",
  features:
    "Processor time of a call of the whole node, as above; the bare call has the same API, node and round. nginx is the upstream and the Invoke endpoint.",
  bodies:
    "Processor time of a body by its size in MB (1,000,000 bytes), 4 at a time, beside nginx as a proxy that buffers no requests. The upstream of uploads responds when it has all of the body.",
  latency:
    "Both are offered half of the calls that they can answer, open loop, whether or not the ones before have a response: a time counts from when its call was due, so that a pause is part of the time of every call that it delays (no coordinated omission). The node, or nginx, has one core; the generator, which is compiled, the upstream and all else have the other.",
  routes:
    "Processor time of a call to routes at random of a node that has so many and all smaller sizes, beside the call to the only route of another node. 100,000 routes are ten APIs of 10,000.",
  "open-connections":
    "Processor time of a call at 40 % of capacity, open loop, the same calls a second for all sizes: all connections are open before, and are used in turn.",
  sizes:
    "Processor time of a call of the whole node. Of API keys, each has been used once before, and has a usage plan with a throttle.",
  workers: "One node for each number of workers; clients and upstream share the cores with them.",
  "idle-memory":
    "Resident memory of a worker as images run it, just ready, with all that it shares with other processes; then what 1,000 more connections add, five times, to it, each of which had one call and stays open, after the collection of garbage.",
  apply:
    "Time of an apply by gRPC, the median of each round, of two control planes, each with an etcd of its own; the entities are API keys.",
  "node-start":
    "From the start of the process, as images run it, until the last of its stages responds. There is no control plane: all comes from the snapshot on the disk of the node.",
};

/** What has figures, and what has tables of growth. */
export type FigureScenario = keyof typeof FIGURES;
export type GrowthScenario = keyof typeof GROWTHS;

/** figuresOf lists the figures of a scenario. */
export const figuresOf = (scenario: string): readonly (readonly [string, Figure])[] =>
  Object.entries((FIGURES as Readonly<Record<string, Readonly<Record<string, Figure>>>>)[scenario] ?? {});

/** growthsOf lists the tables of a scenario. */
export const growthsOf = (scenario: string): readonly (readonly [string, Growth])[] =>
  Object.entries((GROWTHS as Readonly<Record<string, Readonly<Record<string, Growth>>>>)[scenario] ?? {});
