import type { IncomingMessage } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import {
  Call,
  type Connection,
  isHandshake,
  MESSAGE_MAX_BYTES,
  openConnection,
  type Router,
  respond,
  run,
} from "@tollgate/pipeline";
import type { Connection as ClientConnection } from "../listener/connection.ts";
import type { ListenerState } from "../listener/listener-state.ts";
import { rawReply } from "../listener/raw-reply.ts";
import type { CallOf } from "../listener/received-call.ts";
import type { Turn } from "../listener/turn.ts";
import { FrameSizes } from "./frame-sizes.ts";
import { HandshakeExchange } from "./handshake-exchange.ts";
import { WebSocketClient } from "./web-socket-client.ts";
import type { WebSockets } from "./web-sockets.ts";

/** The client sent bytes, which are not supported (AWS: binary media types for WebSocket APIs), or more than AWS takes. */
const UNSUPPORTED = 1003;
const TOO_LARGE = 1009;
const PROTOCOL_ERROR = 1002;
/** There is no memory for what the client sends (IANA: WebSocket close codes). */
const TRY_AGAIN_LATER = 1013;
/** What the WebSocket itself ends a connection with, by its error; it is a protocol error where it is none of these (RFC 6455, 7.4.1). */
const CODE_OF_ERROR: Readonly<Record<string, number>> = {
  WS_ERR_INVALID_UTF8: 1007,
  Z_DATA_ERROR: 1007,
  WS_ERR_TOO_MANY_BUFFERED_PARTS: 1008,
  WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH: TOO_LARGE,
  WS_ERR_UNSUPPORTED_MESSAGE_LENGTH: TOO_LARGE,
};

/** So many pings of a client may wait for their pongs to be taken: more than one read of its socket rarely holds, and a flood would. */
const PONGS_MAX = 1_024;
/** The types of ws do not have it. */
const FLOODS = { maxPendingAutoPongs: PONGS_MAX } as const;

/** Compression takes memory only while a message is compressed. */
const DEFLATE = {
  serverNoContextTakeover: true,
  clientNoContextTakeover: true,
  threshold: 1024,
  concurrencyLimit: 10,
} as const;

/** What is known of a request besides the request. */
interface UpgradeRequest extends IncomingMessage {
  exchange?: HandshakeExchange;
  connectionOfClient?: Connection;
  isLetIn?: boolean;
}

interface ClientSocket extends Socket {
  connection?: ClientConnection | undefined;
  webSocket?: OpenSocket;
}

interface OpenSocket extends WebSocket {
  client: WebSocketClient;
  clients: WebSockets;
}

// One function for all connections, instead of one closure each.
function onMessage(this: WebSocket, message: Buffer, isBinary: boolean): void {
  const { client, clients } = this as OpenSocket;
  if (isBinary) client.close(UNSUPPORTED, "Binary frames are not supported");
  else clients.received(client, message);
}

function onClose(this: WebSocket, code: number, reason: Buffer): void {
  const { client, clients } = this as OpenSocket;
  clients.closed(client, code, reason.toString("utf8"));
}

/** What cannot be read ends the connection, which "close" reports. Other errors are those of a connection that is lost. */
function onError(this: WebSocket, { code = "" }: NodeJS.ErrnoException): void {
  const ownCode = CODE_OF_ERROR[code] ?? (code.startsWith("WS_ERR_") ? PROTOCOL_ERROR : undefined);
  if (ownCode !== undefined) (this as OpenSocket).client.failed({ code: ownCode, reason: "" });
}

/** OnBytes stands for the listener of the WebSocket itself, and is removed by it like that one (`listener`: as of `once`). */
interface OnBytes {
  (this: ClientSocket, chunk: Buffer): void;
  listener?: (this: Socket, chunk: Buffer) => void;
}

/** Gives the WebSocket the frames whose turn it is. The rest waits on the connection, which is not read any further. */
const onBytes: OnBytes = function takeFrames(this: ClientSocket, chunk: Buffer): void {
  const { webSocket, connection } = this;
  if (!webSocket) return;
  const { client, clients } = webSocket;
  const { frames } = client;
  const isTaken = frames.read(chunk);
  const endBytes = isTaken ? frames.takenBytes : chunk.length;
  const restBytes = chunk.length - endBytes;
  if (!isTaken) client.close(TOO_LARGE, "Frame too large");
  else if (connection?.keeps(frames.unfinishedBytes + restBytes) === false) {
    client.failed({ code: TRY_AGAIN_LATER, reason: "" });
    client.cut();
  }
  onBytes.listener?.call(this, restBytes === 0 ? chunk : chunk.subarray(0, endBytes));
  if (restBytes === 0 || this.destroyed) return;
  clients.sendsMore(client);
  this.unshift(chunk.subarray(endBytes));
};

function onEnd(this: ClientSocket): void {
  this.connection?.keeps(0);
}

export interface HandshakesOptions {
  readonly webSockets: WebSockets;
  readonly router: Router;
  readonly turn: Turn;
  readonly listener: ListenerState;
  /** Makes the call of a request. */
  readonly callOf: CallOf;
  /** Whether a handshake is taken: the worker may have too much to do. */
  readonly isTaken: (connection: ClientConnection) => boolean;
  readonly report: (error: unknown, call: Call) => void;
  readonly unixMs: () => number;
}

/** What a refused handshake may ask for instead (RFC 6455, 4.4). */
const VERSIONS = "Sec-WebSocket-Version: 13, 8\r\n";

const isWebSocket = ({ method, headers, httpVersion }: IncomingMessage): boolean =>
  method === "GET" && httpVersion === "1.1" && headers.upgrade?.toLowerCase() === "websocket";

/** Handshakes lets clients in to WebSocket APIs, and hands what they send to the worker's WebSockets. */
export class Handshakes {
  readonly #options: HandshakesOptions;
  readonly #server = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MESSAGE_MAX_BYTES,
    perMessageDeflate: DEFLATE,
    ...FLOODS,
    handleProtocols: (_offered, request: UpgradeRequest) => request.exchange?.subProtocol ?? false,
    verifyClient: ({ req }: { req: UpgradeRequest }, done: (isAllowed: boolean) => void) =>
      this.#connect(req, done),
  });

  constructor(options: HandshakesOptions) {
    this.#options = options;
    this.#server.on("wsClientError", ({ message }, socket) =>
      (socket as ClientSocket).connection?.refuseUpgrade(rawReply(400, { message, head: VERSIONS })),
    );
    this.#server.on("headers", (headers) => headers.push(`Date: ${new Date().toUTCString()}`));
  }

  /** leadsToWebSocket says whether a request asks to be let in by a WebSocket API. All others are ordinary requests. */
  leadsToWebSocket(request: IncomingMessage): boolean {
    const { connection } = request.socket as ClientSocket;
    if (!isWebSocket(request) || !connection?.isIdle) return false;
    const { callOf, router } = this.#options;
    const call = callOf(request, undefined as never);
    return router.route(call) === undefined && isHandshake(call);
  }

  /** take takes the connection of such a request, and what came behind its head. */
  take(request: UpgradeRequest, socket: Duplex, head: Buffer): void {
    const { connection } = socket as ClientSocket;
    if (!connection) {
      socket.destroy();
      return;
    }
    connection.upgraded();
    if (!this.#options.isTaken(connection)) {
      connection.refuseUpgrade(rawReply(503));
      return;
    }
    this.#server.handleUpgrade(request, socket, head, (opened) =>
      this.#opened(opened as OpenSocket, request, socket as ClientSocket),
    );
  }

  #connect(request: UpgradeRequest, done: (isAllowed: boolean) => void): void {
    const { turn, listener, router, callOf, webSockets, report } = this.#options;
    const exchange = new HandshakeExchange({
      socket: request.socket,
      turn,
      listener,
      admit: () => {
        connection?.admit(call);
        if (connection) this.#letIn(request, connection, done);
        else done(true);
      },
      refused: (response) => (request.socket as ClientSocket).connection?.refuseUpgrade(response),
      left: () => {
        connection?.admit(call);
        if (connection) webSockets.left(connection);
      },
    });
    request.exchange = exchange;
    const call = callOf(request, exchange);
    exchange.call = call;
    turn.began(call.startMs);
    const unknown = router.route(call);
    const connection = unknown || !isHandshake(call) ? undefined : openConnection(call, webSockets.newId());
    if (connection) request.connectionOfClient = connection;
    if (unknown) void respond(call, unknown);
    else if (call.route) void run(call, call.route, report);
  }

  #letIn(request: UpgradeRequest, connection: Connection, done: (isAllowed: boolean) => void): void {
    const { webSockets } = this.#options;
    webSockets.opening(connection);
    try {
      done(true);
    } finally {
      if (request.isLetIn !== true) webSockets.left(connection);
    }
  }

  #opened(opened: OpenSocket, request: UpgradeRequest, socket: ClientSocket): void {
    const { webSockets, unixMs } = this.#options;
    const connection = request.connectionOfClient as Connection;
    request.isLetIn = true;
    const client = new WebSocketClient({
      connection,
      socket: opened,
      stream: socket,
      frames: new FrameSizes(),
      nowUnixMs: unixMs(),
    });
    opened.client = client;
    opened.clients = webSockets;
    opened.on("message", onMessage);
    opened.on("close", onClose);
    opened.on("error", onError);
    socket.webSocket = opened;
    const [own] = socket.listeners("data") as [(this: Socket, chunk: Buffer) => void];
    socket.off("data", own);
    onBytes.listener = own;
    socket.on("data", onBytes);
    socket.once("close", onEnd);
    webSockets.opened(client);
  }
}
