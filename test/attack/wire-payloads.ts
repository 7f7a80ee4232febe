/** WirePayload is bytes as an attacker sends them. */
export interface WirePayload {
  readonly name: string;
  /** "@" is the address of the attacked stage, a part of a path. Pieces are written one after the other. */
  readonly send: string | readonly string[];
  /** What the upstream must have seen, as "METHOD /path body". */
  readonly seen: readonly string[];
  /** The final status of each response. */
  readonly statuses: readonly number[];
  /** The gateway must end the connection. */
  readonly closes: boolean;
}

const passed = (name: string, send: WirePayload["send"], ...seen: string[]): WirePayload => ({
  name,
  send,
  seen,
  statuses: seen.map(() => 200),
  closes: false,
});

const refused = (name: string, send: WirePayload["send"], status = 400): WirePayload => ({
  name,
  send,
  seen: [],
  statuses: [status],
  closes: true,
});

const get = (path: string) => `GET @${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
const post = (headers: string, body: string) => `POST @/a HTTP/1.1\r\nHost: a\r\n${headers}\r\n\r\n${body}`;

export const wirePayloads: readonly WirePayload[] = [
  passed("one request", get("/a"), "GET /a"),
  passed("two requests in one write", get("/a") + get("/b"), "GET /a", "GET /b"),
  passed("a body by its length", post("Content-Length: 3", "xyz") + get("/b"), "POST /a xyz", "GET /b"),
  refused(
    "Content-Length and Transfer-Encoding",
    post("Content-Length: 3\r\nTransfer-Encoding: chunked", "0\r\n\r\n"),
  ),
  refused("two lengths that differ", post("Content-Length: 3\r\nContent-Length: 4", "xyz")),
  refused("a length with a sign", post("Content-Length: +3", "xyz")),
  refused("a length with an underscore", post("Content-Length: 1_0", "0123456789")),
  refused("a length in hexadecimal digits", post("Content-Length: 0x3", "xyz")),
];
