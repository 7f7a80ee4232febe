import {
  type ConnectionAddress,
  type ConnectionOrder,
  type ConnectionPage,
  type Kept,
  type ListAsk,
  noLogs,
  type OrderOutcome,
  Router,
  RuntimeState,
  tagOfConnection,
  Unavailable,
} from "@tollgate/pipeline";
import {
  createLogger,
  type Logger,
  NOT_SAMPLED,
  STORED,
  startTracing,
  type TraceSampling,
} from "@tollgate/telemetry";
import { openUpstreams } from "@tollgate/transport";
import { CacheHours } from "../cache/cache-hours.ts";
import type { FindAsk } from "../cache/cache-messages.ts";
import { workerLevel } from "../cache/worker-level.ts";
import { WorkerDirectory } from "../directory/worker-directory.ts";
import { LeasedLimiter } from "../limits/leased-limiter.ts";
import { ShadowLimiter } from "../limits/shadow-limiter.ts";
import { Challenges } from "../listener/challenges.ts";
import { DomainContexts } from "../listener/domain-contexts.ts";
import type { EdgeAccess } from "../listener/edge-access.ts";
import { type HttpListener, startHttpListener } from "../listener/http-listener.ts";
import { LoadGuard, type Waiting } from "../listener/load-guard.ts";
import { watchMemory } from "../listener/memory-watch.ts";
import type { TlsMaterial } from "../listener/tls-material.ts";
import { callersBehind } from "../listener/trusted-proxies.ts";
import { Turn } from "../listener/turn.ts";
import { openLogs, type WorkerLogs } from "../logs/worker-logs.ts";
import { joinNodeFolder } from "../node/node-folder.ts";
import { usageObserver } from "../usage/observer.ts";
import { Spool, usageEvents } from "../usage/spool.ts";
import { stageFactsOf } from "../usage/stage-facts.ts";
import { tendSpool } from "../usage/tend-spool.ts";
import { ConnectionMinutes } from "../websocket/connection-minutes.ts";
import { ownerTag } from "../websocket/owner.ts";
import { WebSocketMetrics } from "../websocket/web-socket-metrics.ts";
import { startBeats } from "./beats.ts";
import { BodyProcesses } from "./body-processes.ts";
import { ConnectionNotices } from "./connection-notices.ts";
import { readEventLoop } from "./event-loop.ts";
import { LiveConfig } from "./live-config.ts";
import { NodeChannel } from "./node-channel.ts";
import type { ListenPorts, ToWorker, WorkerHttps, WorkerResult, WorkerStart } from "./protocol.ts";
import { type SendToNode, sendToNode } from "./send-to-node.ts";
import { StageMetrics } from "./stage-metrics.ts";
import { startWatchdog } from "./watchdog.ts";
import { WebAclMetrics } from "./web-acl-metrics.ts";
import { WebAclSamples } from "./web-acl-samples.ts";

type Notice = Extract<ToWorker, { type: "replies" | "drop" | "spool" | "tls" | "edge" | "leave" }>;

const NOTICES: ReadonlySet<ToWorker["type"]> = new Set<Notice["type"]>([
  "replies",
  "drop",
  "spool",
  "tls",
  "edge",
  "leave",
]);
const isNotice = (message: ToWorker): message is Notice => NOTICES.has(message.type);

const openSpool = ({ spool, worker, boot, spoolBytes }: WorkerStart, logger: Logger): Spool =>
  new Spool({
    ...spool,
    events: usageEvents,
    worker,
    boot,
    allowedBytes: spoolBytes,
    report: (error) => logger.error({ err: error }, "the spool cannot continue in a new file"),
  });

const openGuard = ({ clients }: WorkerStart, waiting: Waiting): LoadGuard =>
  new LoadGuard({
    delayMs: clients.shedDelayMs,
    nowMs: () => performance.now(),
    idleMs: () => performance.nodeTiming.idleTime,
    waiting,
  });

/** Without a receiver or a store, no call needs to be sampled. Reservoirs are those of a node: its workers share them. */
function samplingOf({ tracing, logs, workers }: WorkerStart): TraceSampling {
  const sampling = tracing?.sampling ?? (logs?.isStored ? STORED : undefined);
  return sampling ? { ...sampling, share: 1 / workers } : NOT_SAMPLED;
}

/** Worker is the part of a node that serves calls: one process with one event loop. */
class Worker {
  readonly #start: WorkerStart;
  readonly #send: SendToNode;
  readonly #router: Router;
  readonly #presented = { contexts: new DomainContexts(), challenges: new Challenges() };
  readonly #metrics = new StageMetrics();
  readonly #webSocketMetrics = new WebSocketMetrics();
  readonly #webAclMetrics = new WebAclMetrics();
  readonly #webAclSamples = new WebAclSamples();
  readonly #spool: Spool;
  /** undefined: no log is written. */
  readonly #logs: WorkerLogs | undefined;
  readonly #tellRecorded: () => void;
  readonly #config: LiveConfig;
  readonly #guard: LoadGuard;
  readonly #turn: Turn;
  readonly #logger;
  readonly #tracing: Promise<AsyncDisposable> | undefined;
  readonly #bodyProcesses = new BodyProcesses();
  readonly #cacheHours: CacheHours;
  readonly #node: NodeChannel;
  readonly #directory: WorkerDirectory;
  readonly #state: RuntimeState;
  readonly #limiter: LeasedLimiter;
  readonly #shadow: ShadowLimiter;
  readonly #ownerTag: string;
  #https: WorkerHttps | undefined;
  #edge: EdgeAccess | undefined;
  #listener: HttpListener | undefined;

  constructor(start: WorkerStart, send: SendToNode) {
    this.#start = start;
    this.#send = send;
    this.#https = start.https;
    this.#edge = start.edge;
    this.#router = new Router(start.addresses);
    this.#node = new NodeChannel(send);
    this.#directory = new WorkerDirectory((question) => this.#node.ask({ kind: "key", ...question }));
    const nodeSide = {
      send,
      ask: (ask: FindAsk) => this.#node.ask<Kept | null>({ kind: "find", ...ask }),
    };
    this.#state = new RuntimeState({
      responseCacheBytes: start.responseCacheBytes,
      shared: {
        decisions: workerLevel("decisions", nodeSide),
        responses: workerLevel("responses", nodeSide),
        secret: start.cacheSecret,
      },
    });
    this.#limiter = new LeasedLimiter(
      {
        take: (ask) => this.#node.ask({ kind: "take", ...ask }),
        lease: (ask) => this.#node.ask({ kind: "lease", ...ask }),
      },
      () => performance.now(),
    );
    this.#shadow = new ShadowLimiter(this.#limiter);
    this.#ownerTag = ownerTag(start);
    const { worker, nodeId, tracing, upstreams } = start;
    this.#logger = createLogger(`worker-${worker}`, start.logLevel);
    this.#tracing = tracing ? startTracing({ ...tracing, serviceName: "tollgate", nodeId }) : undefined;
    this.#spool = openSpool(start, this.#logger);
    this.#logs = openLogs(start, this.#logger);
    this.#tellRecorded = tendSpool(
      this.#spool,
      (lastSeq) => send({ type: "recorded", lastSeq }),
      (error) => this.#logger.error({ err: error }, "usage events could not be forced to the disk"),
    );
    const { waiting, ...reached } = openUpstreams(upstreams, this.#logger);
    this.#guard = openGuard(start, waiting);
    watchMemory(start.clients.memoryBytes, this.#guard);
    startBeats({ spool: this.#spool, guard: this.#guard }, send);
    this.#turn = new Turn({
      spool: this.#spool,
      ...(this.#logs ? { logs: this.#logs.sink } : {}),
      unrouted: this.#metrics.unrouted,
      nowMs: () => performance.now(),
      guard: this.#guard,
      report: (what, error) => this.#logger.error({ err: error }, what),
    });
    this.#config = new LiveConfig(this.#router, this.#presented, {
      ...reached,
      directory: this.#directory,
      limiter: start.isShadowed ? this.#shadow : this.#limiter,
      usagePlan: (accountId, id) => this.#config.usagePlan(accountId, id),
      regionThrottle: start.regionThrottle,
      state: this.#state,
      connections: {
        order: (address, order) => this.#order(address, order),
        list: (ask) => this.#list(ask),
      },
      bodyWork: (work) => this.#bodyProcesses.perform(work),
      logs: this.#logs?.sink ?? noLogs,
      observers: [
        usageObserver(this.#spool, () => this.#config.version),
        this.#metrics.factory,
        this.#webSocketMetrics.factory,
        this.#webAclMetrics.factory,
        this.#webAclSamples.factory,
      ],
      traceSampling: samplingOf(start),
    });
    this.#cacheHours = this.#openCacheHours();
    // One worker of a node is enough: each hour counts once, whoever records it.
    if (worker === 0) this.#cacheHours.keep();
  }

  #openCacheHours(): CacheHours {
    return new CacheHours({
      spool: this.#spool,
      stages: () => this.#config.stages,
      configRevision: () => this.#config.version,
      unixMs: Date.now,
      report: (error) => this.#logger.error({ err: error }, "hours of caches could not be recorded"),
    });
  }

  /** notice handles messages that need no reply. */
  notice(message: Notice): void {
    if (message.type === "replies") this.#node.answered(message.replies);
    else if (message.type === "drop") this.#state.responses.drop(message.name);
    else if (message.type === "tls") this.#useTls(message.material);
    else if (message.type === "edge") this.#useEdgeAccess(message.access);
    else if (message.type === "leave") this.#listener?.leave();
    else {
      const spool = message.of === "usage" ? this.#spool : this.#logs?.spool;
      if (message.order.type === "allow") spool?.allow(message.order.spoolBytes);
      else spool?.roll();
    }
  }

  async handle(message: Exclude<ToWorker, { type: "start" } | Notice>): Promise<WorkerResult> {
    switch (message.type) {
      case "apply":
        this.#directory.changed(message.changedKeys);
        return { refused: await this.#apply(message) };
      case "listen":
        return { ports: await this.#listen(message.ports) };
      case "orders":
        return {
          outcomes: message.orders.map(
            ({ address, order }) => this.#listener?.webSockets.order(address, order) ?? null,
          ),
        };
      case "orphaned":
        if (!this.#listener) throw new Error("this worker does not listen yet");
        await this.#listener.webSockets.orphaned(message.connections);
        return {};
      case "metrics":
        return {
          readings: [
            ...this.#metrics.read(),
            ...this.#webSocketMetrics.read(),
            ...this.#webAclMetrics.read(),
            ...this.#shadow.readings(),
            ...(this.#logs?.sink.readings() ?? []),
            ...(this.#listener?.read() ?? []),
            ...readEventLoop(),
          ],
        };
      case "samples":
        return { samples: this.#webAclSamples.list(message.ask) };
      case "drain":
        await this.#listener?.drain(message.timeoutMs);
        this.#logs?.sink.commit();
        this.#tellRecorded();
        await this.#limiter[Symbol.asyncDispose]();
        await (await this.#tracing)?.[Symbol.asyncDispose]();
        return {};
    }
  }

  async #apply(update: Extract<ToWorker, { type: "apply" }>) {
    const refused = await this.#config.apply(update);
    if (this.#start.worker === 0) this.#cacheHours.look();
    return refused;
  }

  #useTls(material: TlsMaterial): void {
    if (this.#https) this.#https = { ...this.#https, material };
    this.#listener?.useTls(material);
  }

  #useEdgeAccess(access: EdgeAccess): void {
    this.#edge = access;
    this.#listener?.useEdgeAccess(access);
  }

  /** An order goes to the connection at once where this worker has it; else the node finds who has. */
  #order(
    address: ConnectionAddress,
    order: ConnectionOrder,
  ): OrderOutcome | undefined | Promise<OrderOutcome | undefined> {
    const own = this.#listener?.webSockets.order(address, order);
    return own || this.#ownerTag === tagOfConnection(address.connectionId)
      ? own
      : this.#orderElsewhere(address, order);
  }

  async #orderElsewhere(
    address: ConnectionAddress,
    order: ConnectionOrder,
  ): Promise<OrderOutcome | undefined> {
    try {
      return (await this.#node.ask<OrderOutcome | null>({ kind: "order", address, order })) ?? undefined;
    } catch (error) {
      throw new Unavailable(`the node of the connection cannot be reached: ${String(error)}`);
    }
  }

  /** The node knows the connections of all its workers, and who else has some. */
  async #list(ask: ListAsk): Promise<ConnectionPage> {
    try {
      return await this.#node.ask<ConnectionPage>({ kind: "connections", ...ask });
    } catch (error) {
      throw new Unavailable(`the connections cannot be listed: ${String(error)}`);
    }
  }

  async #listen(ports: ListenPorts): Promise<ListenPorts> {
    const { worker, watchdogMs: limitMs, logLevel } = this.#start;
    await this.#tracing;
    const https = this.#https;
    if (!this.#listener && limitMs > 0)
      await startWatchdog({ worker, limitMs, logLevel }, (error) =>
        this.#logger.error({ err: error }, "nothing watches the event loop of this worker"),
      );
    this.#listener ??= await startHttpListener({
      host: this.#start.host,
      httpPort: ports.http,
      https:
        https && ports.https !== undefined
          ? { ...https, contexts: this.#presented.contexts, port: ports.https }
          : undefined,
      proxies: this.#start.proxyProtocol,
      privateEntrance: this.#start.privateEntrance && {
        ...this.#start.privateEntrance,
        httpPort: ports.privateHttp,
        httpsPort: ports.privateHttps,
      },
      edge: this.#edge && ports.edge !== undefined ? { port: ports.edge, access: this.#edge } : undefined,
      http1Reader: this.#start.http1Reader,
      router: this.#router,
      challenges: this.#presented.challenges,
      turn: this.#turn,
      limits: this.#start.clients,
      callers: callersBehind(this.#start.trustedProxies),
      guard: this.#guard,
      webSockets: {
        ownerTag: this.#ownerTag,
        watched: new ConnectionNotices(this.#send),
        minutes: new ConnectionMinutes({
          spool: this.#spool,
          factsOf: (apiId, stageName) => ({
            stageFacts: stageFactsOf(this.#router.generation.stages.get(apiId)?.get(stageName)?.context),
            configRevision: this.#config.version,
          }),
          unixMs: () => Date.now(),
          report: (error) => this.#logger.error({ err: error }, "connection minutes could not be recorded"),
        }),
      },
      report: (error, call) =>
        this.#logger.error({ err: error, requestId: call.requestId }, "a call failed unexpectedly"),
      warn: (message) => this.#logger.warn(message),
    });
    const bound = this.#listener.ports;
    return {
      http: bound.http || undefined,
      https: bound.https || undefined,
      privateHttp: bound.privateHttp || undefined,
      privateHttps: bound.privateHttps || undefined,
      edge: bound.edge || undefined,
    };
  }
}

let worker: Worker | undefined;
const send = sendToNode(process);

process.on("message", (message: ToWorker) => {
  if (message.type === "start") {
    if (!joinNodeFolder(message.start.spool.folder, message.start.supervisorPid)) process.exit(0);
    worker = new Worker(message.start, send);
    return;
  }
  if (isNotice(message)) {
    worker?.notice(message);
    return;
  }
  const { id } = message;
  worker?.handle(message).then(
    (result) => send({ type: "done", id, result }),
    (error: unknown) =>
      send({ type: "failed", id, message: error instanceof Error ? error.message : String(error) }),
  );
});
// Without its supervisor nothing would send this worker's spool or update its config.
process.on("disconnect", () => process.exit(0));
// The supervisor ends this process: a signal to the whole process group must not abort calls.
process.on("SIGTERM", () => undefined);
process.on("SIGINT", () => undefined);
