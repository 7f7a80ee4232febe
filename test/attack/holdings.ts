const MB = 1024 * 1024;
/** One read of a connection takes so much. */
const READ_BYTES = 64 * 1024;

/** A request on a stream of HTTP/2. */
export interface StreamRequest {
  readonly method: string;
  readonly path: string;
}

/** Where the attacked APIs are. */
export interface Bases {
  /** Of the REST API. */
  readonly base: string;
  /** Of the WebSocket API. */
  readonly webSockets: string;
}

/** Holding is one bad way to keep connections busy. */
export interface Holding {
  readonly name: string;
  readonly count: number;
  /** What each sends first, of an API at a path. */
  readonly first: (bases: Bases) => string;
  /** Each is a stream of HTTP/2, several to a connection, and sends this request; undefined: each is a connection, and sends `first`. */
  readonly stream?: (bases: Bases) => StreamRequest;
  readonly fillBytes: number;
  /** Sent again and again behind that, as fast as it is taken; empty: nothing. */
  readonly flood: Buffer;
  readonly each: string;
  readonly reads: boolean;
  /** After HOLD_SECONDS, none of them may be left. */
  readonly mustEnd: boolean;
}

const one = (name: string, count: number, first: Holding["first"], more: Partial<Holding> = {}): Holding => ({
  name,
  count,
  first,
  fillBytes: 0,
  flood: Buffer.alloc(0),
  each: "",
  reads: true,
  mustEnd: true,
  ...more,
});

const nothing = () => "";
const get =
  (path: string) =>
  ({ base }: Bases) =>
    `GET ${base}${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
const post =
  (path: string, header: string) =>
  ({ base }: Bases) =>
    `POST ${base}${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`;

/** Streams end one by one, and their connections, which are few, when they are idle. */
const onStreams = (method: string, path: string): Partial<Holding> => ({
  stream: ({ base }) => ({ method, path: base + path }),
  mustEnd: false,
});

const handshake = ({ webSockets }: Bases) =>
  `GET ${webSockets} HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${Buffer.alloc(16).toString("base64")}\r\n\r\n`;

/** Messages of so many bytes, as many as one read takes, in frames of clients whose mask changes nothing (RFC 6455, 5.2). */
function messagesOf(bytes: number): Buffer {
  const head = Buffer.from(bytes < 126 ? [0x81, 0x80 | bytes] : [0x81, 0x80 | 126, bytes >> 8, bytes & 255]);
  const frame = Buffer.concat([head, Buffer.alloc(4), Buffer.alloc(bytes, "x")]);
  return Buffer.concat(Array.from({ length: Math.ceil(READ_BYTES / frame.length) }, () => frame));
}

/** holdings are all of them. */
export const holdings: readonly Holding[] = [
  one("idle connections that never send anything", 5_000, nothing),
  one("idle connections after a call", 5_000, get("/mock"), { mustEnd: false }),
  one("heads that arrive byte by byte", 2_000, () => "GET / HTTP/1.1\r\nX-Slow: ", { each: "x" }),
  one("bodies that arrive byte by byte", 2_000, post("/whole", "Transfer-Encoding: chunked"), {
    each: "1\r\nx\r\n",
  }),
  one("clients that do not read a streamed response", 2_000, get("/down/5000000"), { reads: false }),
  one("clients that do not read a whole response", 200, get("/mapped/5000000"), { reads: false }),
  one("bodies of 9 MB that do not end", 80, post("/whole", `Content-Length: ${10 * MB}`), {
    fillBytes: 9 * MB,
  }),
  one("bodies of 9 MB over HTTP/2 that do not end", 80, nothing, {
    ...onStreams("POST", "/whole"),
    fillBytes: 9 * MB,
  }),
  one("clients of HTTP/2 that do not read a streamed response", 1_000, nothing, {
    ...onStreams("GET", "/down/5000000"),
    reads: false,
  }),
  one("clients of a WebSocket API that send short messages without end", 200, handshake, {
    flood: messagesOf(1),
    mustEnd: false,
  }),
  one("clients of a WebSocket API that send messages of 30 KB without end", 200, handshake, {
    flood: messagesOf(30 * 1024),
    mustEnd: false,
  }),
  one("calls whose upstream hangs", 1_000, get("/hang"), { mustEnd: false }),
  one("connections of one source", 20_000, nothing, { mustEnd: false }),
];
