import {
  type ClientHttp2Session,
  type ClientHttp2Stream,
  connect,
  type IncomingHttpHeaders,
  type IncomingHttpStatusHeader,
  type SecureClientSessionOptions,
} from "node:http2";
import { isIP } from "node:net";
import { checkServerIdentity } from "node:tls";
import type { EdgeAccess } from "../listener/edge-access.ts";
import { SESSION_MEMORY_MB, SESSION_WINDOW_BYTES, STREAM_WINDOW_BYTES } from "../listener/edge-port.ts";
import { LEAVE_PATH, READY_PATH, REASON_HEADER, RELAY_PATH, VIEWER_HEADER } from "./viewer.ts";

const CONNECT_TIMEOUT_MS = 5_000;
const PING_EVERY_MS = 5_000;
const PING_TIMEOUT_MS = 5_000;

/** An answer of an origin: its status, and why it refuses. */
export type OriginHeaders = IncomingHttpHeaders & IncomingHttpStatusHeader;

export interface OriginLinkOptions {
  /** host:port */
  readonly address: string;
  /** What the certificate of the origin must be valid for; undefined: the host of its address. */
  readonly serverName: string | undefined;
  /** What is shown now: a token may be replaced while a connection is open. */
  readonly access: () => EdgeAccess;
  /** Called when it takes viewers, */
  readonly onReady: () => void;
  /** and once when it takes no more, with the reason. Viewers that it has may go on for a while. */
  readonly onOver: (reason: string) => void;
}

/** Of a response to whoever is not known as an edge node. */
const UNAUTHORIZED = 401;

function authorizationOf({ access }: Pick<OriginLinkOptions, "access">) {
  const { token } = access();
  return token === undefined ? {} : { authorization: `Bearer ${token}` };
}

function tlsOf({ address, serverName, access }: OriginLinkOptions): SecureClientSessionOptions {
  const host = address.replace(/:\d+$/, "").replace(/^\[(.*)\]$/, "$1");
  const verified = serverName ?? host;
  const { certificate: cert, privateKey: key, authorities: ca } = access();
  return {
    ...(cert && { cert, key }),
    ...(ca && { ca }),
    // TLS server names cannot be IP addresses.
    ...(isIP(verified) === 0 && { servername: verified }),
    checkServerIdentity: (_name, certificate) => checkServerIdentity(verified, certificate),
    minVersion: "TLSv1.2",
  };
}

/** OriginLink is one connection to an origin, with a stream for each viewer. It begins with the question whether the origin takes viewers. */
export class OriginLink {
  readonly #options: OriginLinkOptions;
  readonly #session: ClientHttp2Session;
  readonly #pinging: NodeJS.Timeout;
  readonly #late: NodeJS.Timeout;
  #silent: NodeJS.Timeout | undefined;
  #isReady = false;
  #isOver = false;
  /** Viewers on it. */
  streams = 0;

  constructor(options: OriginLinkOptions) {
    this.#options = options;
    const memory = { maxSessionMemory: SESSION_MEMORY_MB };
    const settings = { enablePush: false, initialWindowSize: STREAM_WINDOW_BYTES };
    const session = connect(`https://${options.address}`, { ...tlsOf(options), ...memory, settings });
    this.#session = session;
    this.#late = setTimeout(() => this.#over("it does not respond"), CONNECT_TIMEOUT_MS);
    this.#pinging = setInterval(() => this.#ping(), PING_EVERY_MS);
    session.on("connect", () => this.#ask());
    session.on("goaway", () => this.#leave("it takes no more viewers"));
    session.on("error", (error: Error) => this.#over(error.message));
    session.on("close", () => this.#over("it has closed the connection"));
  }

  /** It takes another viewer. */
  get isOpen(): boolean {
    const { maxConcurrentStreams = Number.POSITIVE_INFINITY } = this.#session.remoteSettings ?? {};
    return this.#isReady && this.streams < maxConcurrentStreams;
  }

  #ask(): void {
    // It may have ended in the moment in which it was connected.
    if (this.#session.destroyed) return;
    this.#session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    const asked = this.#session.request({ ":path": READY_PATH, ...authorizationOf(this.#options) });
    // An alert of TLS 1.3, as for a certificate that is missing, comes after the handshake, and ends no more than this.
    asked.on("error", (error: Error) => this.#over(error.message));
    asked.on("close", () => this.#isReady || this.#over("it does not respond"));
    asked.on("response", (headers: OriginHeaders) => {
      if (this.#isOver) return;
      if (headers[":status"] !== 200) return this.#over(reasonOf(headers));
      clearTimeout(this.#late);
      this.#isReady = true;
      this.#options.onReady();
    });
    asked.resume();
  }

  /** A connection on which nothing comes back is none. */
  #ping(): void {
    if (this.#session.destroyed || this.#session.connecting || this.#silent) return;
    this.#silent = setTimeout(() => this.#over("it does not respond to PING"), PING_TIMEOUT_MS);
    this.#session.ping(() => {
      clearTimeout(this.#silent);
      this.#silent = undefined;
    });
  }

  /** open sends a viewer, as a header says it; undefined: nothing can be sent any more. */
  open(viewer: string): ClientHttp2Stream | undefined {
    if (this.#session.destroyed || this.#session.closed) return undefined;
    const stream = this.#session.request({
      ":method": "POST",
      ":path": RELAY_PATH,
      [VIEWER_HEADER]: viewer,
      ...authorizationOf(this.#options),
    });
    this.streams++;
    stream.once("response", (headers: OriginHeaders) => {
      // Nor will it take the next one: its place is taken by a connection that asks again.
      if (headers[":status"] === UNAUTHORIZED) this.#leave(reasonOf(headers));
    });
    stream.once("close", () => {
      this.streams--;
      if (this.#isOver && this.streams === 0) this.#session.close();
    });
    return stream;
  }

  /** leave has the origin end its viewers between two requests: this edge node stops. */
  leave(): void {
    if (this.#session.destroyed || this.#session.closed) return;
    const asked = this.#session.request({ ":path": LEAVE_PATH, ...authorizationOf(this.#options) });
    asked.on("error", () => undefined); // the session ends, too
    asked.resume();
  }

  #leave(reason: string): void {
    if (this.#isOver) return;
    this.#end(reason);
    if (this.streams === 0) this.#session.close();
  }

  #over(reason: string): void {
    this.#end(reason);
    clearInterval(this.#pinging);
    clearTimeout(this.#silent);
    this.#session.destroy();
  }

  #end(reason: string): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#isReady = false;
    clearTimeout(this.#late);
    this.#options.onOver(reason);
  }

  /** destroy ends it with all of its viewers. */
  destroy(): void {
    this.#isOver = true;
    this.#over("");
  }
}

/** reasonOf is why an origin refuses, as it says itself. */
export const reasonOf = (headers: OriginHeaders): string =>
  `it responds ${headers[":status"]}: ${String(headers[REASON_HEADER] ?? "no edge port")}`;
