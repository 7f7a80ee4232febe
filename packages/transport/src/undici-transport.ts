import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import { LRUCache } from "lru-cache";
import { buildConnector, type Dispatcher } from "undici";
import type {
  Transport,
  UpstreamControl,
  UpstreamFailure,
  UpstreamHandler,
  UpstreamRequest,
  UpstreamTls,
} from "@tollgate/pipeline";
import type { ClientCertificate } from "./client-certificates.ts";
import { type ConnectorOf, plainClient, undiciClient, withTimeout } from "./clients.ts";
import { Deadlines, type Expiring } from "./deadlines.ts";
import { createGuard, type GuardOptions } from "./egress/connector.ts";
import type { Waiter } from "./upstream-gate.ts";
import { type Holder, UpstreamPool } from "./upstream-pool.ts";
import type { UpstreamSettings } from "./upstream-settings.ts";
import { WaitingCalls } from "./waiting-calls.ts";

const UPSTREAMS_MAX = 1_000;

const CONNECT_CODES = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "EADDRNOTAVAIL",
  "UND_ERR_CONNECT_TIMEOUT",
  "ERR_EGRESS_DENIED",
]);
/**
 * Repeated once, on a new connection, when the connection fails before the head of a response has been read: mostly an idle one that the upstream had
 * closed, but also one with a head that cannot be read.
 */
const REPEATABLE = new Set(["GET", "HEAD", "OPTIONS"]);

class TimeoutError extends Error {}

/** Of all calls of this process. */
const deadlines = new Deadlines();

function failureOf(error: Error): UpstreamFailure {
  if (error instanceof TimeoutError) return "timeout";
  return CONNECT_CODES.has((error as NodeJS.ErrnoException).code ?? "") ? "connect" : "network";
}

const TRANSFER_ENCODING = "transfer-encoding";

/** The connection undoes "chunked"; what was coded otherwise would arrive as something else than it is. */
function isReadable(headers: readonly string[]): boolean {
  for (let i = 0; i < headers.length; i += 2) {
    const name = headers[i] as string;
    if (name.length !== TRANSFER_ENCODING.length || name.toLowerCase() !== TRANSFER_ENCODING) continue;
    if ((headers[i + 1] as string).toLowerCase() !== "chunked") return false;
  }
  return true;
}

/** Headers as undici has them: of HTTP/1.1 names and values in turn, which a client of one's own has made texts of already; of HTTP/2 by name. */
type GivenHeaders = readonly (Buffer | string)[] | IncomingHttpHeaders;

const isOfHttp1 = (given: GivenHeaders): given is readonly (Buffer | string)[] => Array.isArray(given);

/** Names and values in turn. */
function textsOf(given: GivenHeaders): readonly string[] {
  if (isOfHttp1(given))
    return typeof given[0] === "string"
      ? (given as readonly string[])
      : given.map((part) => part.toString("latin1"));
  return Object.entries(given).flatMap(([name, value]) => [value ?? []].flat().flatMap((one) => [name, one]));
}

/** Exchange with one upstream: undici's handler and the pipeline's control in one object. */
class Attempt implements UpstreamControl, Holder, Expiring {
  readonly #pool: UpstreamPool;
  readonly #request: UpstreamRequest;
  readonly #handler: UpstreamHandler;
  #controller: Dispatcher.DispatchController | undefined = undefined;
  #answered = false;
  /** Part of the response arrived since the deadline was set. */
  #active = false;
  #over = false;
  /** The client has been given the call, and has not taken it yet: it may wait for a connection, or for a stream. */
  #queued = false;
  #repeated = false;
  #aborted: Error | undefined = undefined;
  heldMs = 0;
  waitsSinceMs: number | undefined = undefined;
  ahead: Waiter | undefined = undefined;
  behind: Waiter | undefined = undefined;
  dueTick = -1;
  before: Expiring | undefined = undefined;
  after: Expiring | undefined = undefined;
  /** What of the response came since it waited for its client. */
  #bytes = 0;

  constructor(pool: UpstreamPool, request: UpstreamRequest, handler: UpstreamHandler) {
    this.#pool = pool;
    this.#request = request;
    this.#handler = handler;
    deadlines.set(this, request.timeoutMs);
    pool.begin(this);
  }

  go(): void {
    this.#queued = true;
    this.#pool.client.dispatch(this.#request, this);
  }

  // What undici calls.
  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#taken();
    if (this.#aborted) controller.abort(this.#aborted);
  }

  onResponseStart(
    controller: Dispatcher.DispatchController,
    status: number,
    _headers: unknown,
    statusText?: string,
  ): void {
    if (status < 200) return;
    const headers = textsOf((controller.rawHeaders ?? []) as GivenHeaders);
    if (!isReadable(headers)) {
      this.#stop(new Error("the upstream sent a transfer coding other than chunked"));
      return;
    }
    this.#answered = this.#active = true;
    this.#handler.onHead(status, statusText ?? "", headers);
  }

  /** The upstream took the offer of another protocol, which nobody here speaks. */
  onRequestUpgrade(_controller: unknown, _status: number, _headers: unknown, socket: Duplex): void {
    socket.destroy();
    this.#stop(new Error("the upstream switched to another protocol"));
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#active = true;
    this.#bytes += chunk.length;
    // What it does with the chunk may have ended the call.
    if (this.#handler.onData(chunk) || this.#over) return;
    controller.pause();
    this.#pool.paused(this, this.#bytes);
    this.#bytes = 0;
  }

  onResponseEnd(): void {
    if (this.#end()) this.#handler.onEnd();
  }

  onResponseError(_controller: unknown, error: Error): void {
    this.#taken();
    const repeatable =
      !this.#answered &&
      !this.#repeated &&
      !this.#aborted &&
      this.#request.body === undefined &&
      REPEATABLE.has(this.#request.method);
    if (repeatable && failureOf(error) === "network") {
      this.#repeated = true;
      this.go();
      return;
    }
    if (this.#end()) this.#handler.onFailure(failureOf(error), error);
  }

  /** The client has taken it, or given it back. */
  #taken(): void {
    if (!this.#queued) return;
    this.#queued = false;
    if (this.#over) this.#pool.back(this);
  }

  #end(): boolean {
    if (this.#over) return false;
    this.#over = true;
    deadlines.clear(this);
    if (this.#queued) this.#pool.overInQueue();
    else this.#pool.end(this);
    return true;
  }

  /** No response in time, or a response that stalled for that long. A slow client is not the upstream's fault. */
  expired(): void {
    const waitsForClient = this.#controller?.paused === true;
    if (this.#answered && (this.#active || waitsForClient)) {
      this.#active = false;
      deadlines.set(this, this.#request.timeoutMs);
    } else this.#stop(new TimeoutError("the upstream did not respond in time"));
  }

  #stop(error: Error): void {
    this.#aborted = error;
    this.#controller?.abort(error);
    if (this.#end()) this.#handler.onFailure(failureOf(error), error);
  }

  // What the pipeline calls.
  resume(): void {
    if (!this.#controller?.paused) return;
    this.#pool.resumed(this);
    this.#controller.resume();
  }

  /** Others need the connection, and the client does not read. */
  giveUp(): void {
    this.#stop(new Error("the client reads too slowly for a connection that others wait for"));
  }

  abort(): void {
    this.#stop(new Error("aborted"));
  }
}

export interface EgressOptions extends GuardOptions {
  /** Origins of services that the operator named: the policy does not apply to calls of services there. */
  readonly trustedOrigins: ReadonlySet<string>;
}

export interface TransportOptions {
  /** What speaks to upstreams without TLS; with TLS it is undici. */
  readonly httpClient: UpstreamSettings["httpClient"];
  /** Most connections to one upstream. */
  readonly connections: number;
  /** Upstreams with TLS may choose HTTP/2. */
  readonly offersHttp2: boolean;
  readonly egress: EgressOptions;
  /** Finds a client certificate, the same object until it has been replaced; throws if there is none with that id. */
  readonly clientCertificate: (id: string) => ClientCertificate;
}

type ShownTls = Pick<
  ConnectionOptions,
  "rejectUnauthorized" | "servername" | "checkServerIdentity" | "cert" | "key"
>;

/** An address cannot be sent as the server's name (RFC 6066, 3): the certificate is only verified against it. */
function verifiedAgainst(name: string): ShownTls {
  const address = name.replace(/^\[|\]$/g, "");
  return isIP(address) === 0
    ? { servername: name }
    : { checkServerIdentity: (_host, certificate) => checkServerIdentity(address, certificate) };
}

const tlsOptions = ({ insecureSkipVerification, serverName }: UpstreamTls): ShownTls => ({
  ...(insecureSkipVerification ? { rejectUnauthorized: false } : {}),
  ...(serverName === undefined ? {} : verifiedAgainst(serverName)),
});

/** The connector of a pool. Connections present the client certificate that there is when they begin; no session of another one is resumed. */
function tlsConnector(
  tls: UpstreamTls | undefined,
  { clientCertificate, offersHttp2: allowH2 }: TransportOptions,
  connectorOf: ConnectorOf,
): buildConnector.connector {
  // Offered before HTTP/1.1: servers that let their clients choose take the first.
  const versions = { allowH2, preferH2: allowH2 } as buildConnector.BuildOptions;
  if (!tls) return connectorOf(versions);
  const options = { ...versions, ...tlsOptions(tls) };
  const id = tls.clientCertificateId;
  if (id === undefined) return connectorOf(options);
  const presenting = ({ certificate, privateKey }: ClientCertificate) =>
    connectorOf({ ...options, cert: certificate, key: privateKey });
  let shown = clientCertificate(id);
  let connector = presenting(shown);
  return (target, connected) => {
    const current = clientCertificate(id);
    if (current !== shown) {
      shown = current;
      connector = presenting(shown);
    }
    connector(target, connected);
  };
}

/** The Host that a request asks for; "": that of its origin. */
function hostOf(headers: readonly string[]): string {
  for (let i = 0; i < headers.length; i += 2)
    if ((headers[i] as string).toLowerCase() === "host") return headers[i + 1] as string;
  return "";
}

/** A set of pools, one for each upstream and TLS configuration, whose connections are made in one way. */
function createPools(options: TransportOptions, connectorOf: ConnectorOf, waiting: WaitingCalls) {
  const { connections, offersHttp2 } = options;
  const pools = new LRUCache<string, UpstreamPool>({
    max: UPSTREAMS_MAX,
    dispose: (pool, _name, reason) => {
      if (reason === "evict") pool.forget();
    },
  });
  const of = ({ origin, tls, headers }: UpstreamRequest): UpstreamPool => {
    const mayShare = offersHttp2 && origin.startsWith("https:");
    const upstream = tls ? `${origin} ${tls.key}` : origin;
    // A connection is made for one name (SNI), that of the Host: undici lets a call for another one wait until all others of the connection are over.
    const name = mayShare ? `${upstream} ${hostOf(headers)}` : upstream;
    const known = pools.get(name);
    if (known) return known;
    const isPlain = options.httpClient === "own" && origin.startsWith("http:");
    const connect = isPlain ? undefined : tlsConnector(tls, options, connectorOf);
    const newClient = () =>
      connect
        ? undiciClient(origin, { connections, connect, offersHttp2: mayShare })
        : plainClient(origin, connections, connectorOf);
    const pool = new UpstreamPool(newClient, connections, (gate) => waiting.at(gate));
    pools.set(name, pool);
    return pool;
  };
  const destroy = () => Promise.all([...pools.values()].map((pool) => pool.destroy().catch(() => undefined)));
  return { of, destroy };
}

/**
 * createUndiciTransport keeps pools of connections. Those to endpoints of services that the operator named are apart: they are made
 * whatever the egress policy says, so no other request may go over one.
 */
export function createUndiciTransport(
  options: TransportOptions,
  waiting = new WaitingCalls(),
): Transport & AsyncDisposable {
  const guarded = createPools(options, withTimeout(createGuard(options.egress)), waiting);
  const trusted = createPools(options, withTimeout(buildConnector), waiting);
  const { trustedOrigins } = options.egress;
  const poolOf = (request: UpstreamRequest): UpstreamPool =>
    (request.isServiceCall && trustedOrigins.has(request.origin) ? trusted : guarded).of(request);
  return {
    send: (request, handler) => new Attempt(poolOf(request), request, handler),
    async [Symbol.asyncDispose]() {
      await Promise.all([guarded.destroy(), trusted.destroy()]);
    },
  };
}
