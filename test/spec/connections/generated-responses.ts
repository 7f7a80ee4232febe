import { gzipSync } from "node:zlib";

/** UpstreamScript is what an upstream sends, byte by byte (latin1), and what has to come of it. */
export interface UpstreamScript {
  readonly name: string;
  readonly pieces: readonly string[];
  /** What it does after the last piece. */
  readonly ending: "keep" | "close" | "reset";
  /** What HTTP allows must arrive as it is; undefined: the call may fail. */
  readonly arrives: ArrivedResponse | undefined;
  /** The response can have begun when it breaks off: then its connection may be closed. */
  readonly mayBeCut: boolean;
}

export interface ArrivedResponse {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string;
}

type Random = () => number;

const TOKEN = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const chars = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => String.fromCharCode(from + i)).join("");
const OBS_TEXT = chars(0x80, 0xff);
const VALUE = `\t${chars(0x20, 0x7e)}${OBS_TEXT}`;

const below = (random: Random, count: number) => Math.floor(random() * count);
const oneOf = <T>(random: Random, items: readonly T[]): T => items[below(random, items.length)] as T;
const textOf = (random: Random, alphabet: string, lengthMax: number) =>
  Array.from({ length: below(random, lengthMax + 1) }, () => alphabet[below(random, alphabet.length)]).join(
    "",
  );

/** In pieces, as a network may deliver it. */
function split(random: Random, bytes: string): string[] {
  const pieces: string[] = [];
  let rest = bytes;
  while (rest !== "" && pieces.length < 4) {
    const size = 1 + below(random, rest.length);
    pieces.push(rest.slice(0, size));
    rest = rest.slice(size);
  }
  return rest === "" ? pieces : [...pieces, rest];
}

const STATUSES = [
  200, 201, 202, 203, 206, 226, 299, 300, 302, 399, 400, 404, 418, 451, 499, 500, 503, 599, 600, 777, 999,
];

/** Headers that HTTP allows; the names begin with X-G, so that no rule of a protocol is meant. */
function someHeaders(random: Random): [string, string][] {
  const headers: [string, string][] = Array.from({ length: below(random, 8) }, () => [
    `X-G${textOf(random, TOKEN, 12)}`,
    textOf(random, VALUE, 60).trim(),
  ]);
  const first = headers[0];
  if (first && random() < 0.5) headers.push([first[0], textOf(random, VALUE, 10).trim()]);
  for (let i = below(random, 3); i > 0; i--)
    headers.push(["Set-Cookie", `c${i}=${textOf(random, TOKEN, 20)}`]);
  return headers;
}

/** Headers that HTTP allows and that are the business of the connection. */
const CONNECTION_HEADERS = [
  "Trailer: X-Sum",
  "Trailer: X-Sum, X-Other",
  "Keep-Alive: timeout=0",
  "Keep-Alive: timeout=nothing, max=x",
  "Connection: keep-alive",
  "Connection: X-Hop\r\nX-Hop: 1",
  "Proxy-Connection: close",
  "Upgrade: h2c",
  "Date: yesterday",
  "Server: a\r\nServer: b",
];

const INTERIM = [
  "HTTP/1.1 100 Continue\r\n\r\n",
  "HTTP/1.1 102 Processing\r\n\r\n",
  "HTTP/1.1 103 Early Hints\r\nLink: </a>; rel=preload\r\nLink: </b>\r\n\r\n",
  "HTTP/1.1 199 \r\nX-G: 1\r\n\r\n",
];

function framed(
  random: Random,
  body: string,
): { header: string; bytes: string; closes: boolean; known: boolean } {
  const kind = oneOf(random, ["length", "chunked", "close"] as const);
  if (kind === "length")
    return { header: `Content-Length: ${body.length}\r\n`, bytes: body, closes: false, known: true };
  if (kind === "close") return { header: "Connection: close\r\n", bytes: body, closes: true, known: false };
  let bytes = "";
  let rest = body;
  while (rest !== "") {
    const size = 1 + below(random, rest.length);
    const extension = random() < 0.2 ? `;x=${textOf(random, TOKEN, 8)}` : "";
    bytes += `${size.toString(16)}${extension}\r\n${rest.slice(0, size)}\r\n`;
    rest = rest.slice(size);
  }
  const trailers = random() < 0.3 ? `X-Sum: ${textOf(random, TOKEN, 8)}\r\n` : "";
  return {
    header: "Transfer-Encoding: chunked\r\n",
    bytes: `${bytes}0\r\n${trailers}\r\n`,
    closes: false,
    known: false,
  };
}

/** allowedResponse is a response that HTTP allows, however unusual. */
export function allowedResponse(random: Random): UpstreamScript & { readonly bytes: string } {
  const status = oneOf(random, STATUSES);
  const reason = oneOf(random, ["", "OK", textOf(random, VALUE, 20), OBS_TEXT]);
  const headers = someHeaders(random);
  const body = textOf(random, chars(0, 255), oneOf(random, [0, 1, 300, 3000]));
  const { header, bytes, closes, known } = framed(random, body);
  const own = Array.from({ length: below(random, 3) }, () => `${oneOf(random, CONNECTION_HEADERS)}\r\n`).join(
    "",
  );
  const interim =
    random() < 0.3 ? Array.from({ length: 1 + below(random, 3) }, () => oneOf(random, INTERIM)).join("") : "";
  const lines = headers
    .map(([name, value]) => `${name}:${oneOf(random, ["", " ", " \t "])}${value}\r\n`)
    .join("");
  const all = `${interim}HTTP/1.1 ${status} ${reason}\r\n${lines}${own}${header}\r\n${bytes}`;
  return {
    name: "allowed",
    bytes: all,
    pieces: split(random, all),
    ending: closes ? "close" : "keep",
    arrives: { status, headers, body },
    mayBeCut: !known,
  };
}

/** mutatedResponse is such a response with some bytes changed, and then the end of the connection. */
export function mutatedResponse(random: Random): UpstreamScript {
  let { bytes } = allowedResponse(random);
  for (let i = 1 + below(random, 3); i > 0; i--) {
    const at = below(random, bytes.length);
    const inserted = textOf(random, `\0\r\n :;,${chars(0, 255)}`, 3);
    bytes = bytes.slice(0, at) + inserted + bytes.slice(at + below(random, 3));
  }
  return {
    name: "mutated",
    pieces: split(random, bytes),
    ending: oneOf(random, ["close", "reset"]),
    arrives: undefined,
    mayBeCut: true,
  };
}

const ok = "HTTP/1.1 200 OK\r\n";
const broken = (name: string, bytes: string, more: Partial<UpstreamScript> = {}): UpstreamScript => ({
  name,
  pieces: [bytes],
  ending: "close",
  arrives: undefined,
  mayBeCut: false,
  ...more,
});
function gzipped(text: string): string {
  const body = gzipSync(text).toString("latin1");
  return `${ok}Content-Encoding: gzip\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}
const fine = (name: string, bytes: string, arrives: Partial<ArrivedResponse> = {}): UpstreamScript =>
  broken(name, bytes, { ending: "keep", arrives: { status: 200, headers: [], body: "hello", ...arrives } });

/** namedResponses are the forms that someone has to have thought of. */
export const namedResponses: readonly UpstreamScript[] = [
  fine("Trailer with a length", `${ok}Trailer: X-Sum\r\nContent-Length: 5\r\n\r\nhello`),
  fine("a reason outside ASCII", "HTTP/1.1 200 tr\xe8s bien\r\nContent-Length: 5\r\n\r\nhello"),
  fine("a reason in UTF-8", "HTTP/1.1 200 \xe4\xbd\xa0\xe5\xa5\xbd\r\nContent-Length: 5\r\n\r\nhello"),
  fine("100 that nobody asked for", `HTTP/1.1 100 Continue\r\n\r\n${ok}Content-Length: 5\r\n\r\nhello`),
  fine("no reason", "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello"),
  fine("HTTP/1.0 until the end", "HTTP/1.0 200 OK\r\n\r\nhello", {}),
  fine("an empty body with a length", `${ok}Content-Length: 0\r\n\r\n`, { body: "" }),
  fine("204", "HTTP/1.1 204 No Content\r\n\r\n", { status: 204, body: "" }),
  fine("304 with a length", "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", {
    status: 304,
    body: "",
  }),
  fine("204 with a body that must not be", "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\nhello", {
    status: 204,
    body: "",
  }),
  fine(
    "unsolicited bytes after it",
    `${ok}Content-Length: 5\r\n\r\nhelloHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`,
  ),
  fine("unsolicited bytes that are no response", `${ok}Content-Length: 5\r\n\r\nhello\0\0\0`),
  broken("nothing", ""),
  broken("nothing, then a reset", "", { ending: "reset" }),
  broken("a head without an end", `${ok}Content-Length: 5\r\n`),
  broken("a body that is too short", `${ok}Content-Length: 50\r\n\r\nhello`),
  broken("a body that is too short, then a reset", `${ok}Content-Length: 50\r\n\r\nhello`, {
    ending: "reset",
  }),
  broken("chunks without an end", `${ok}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n`, {
    mayBeCut: true,
  }),
  broken("a chunk size that is no number", `${ok}Transfer-Encoding: chunked\r\n\r\nzz\r\n`, {
    mayBeCut: true,
  }),
  broken("chunks in another coding", `${ok}Transfer-Encoding: gzip, chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`),
  broken("a coding that is not chunked", `${ok}Transfer-Encoding: gzip\r\n\r\nhello`),
  broken("two lengths", `${ok}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`),
  broken(
    "a length and chunks",
    `${ok}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
  ),
  broken("a negative length", `${ok}Content-Length: -5\r\n\r\nhello`),
  broken("a length in words", `${ok}Content-Length: five\r\n\r\nhello`),
  broken("NUL in a value", `${ok}X-G: a\0b\r\nContent-Length: 5\r\n\r\nhello`),
  broken("a line without a colon", `${ok}X-G\r\nContent-Length: 5\r\n\r\nhello`),
  broken("a space before the colon", `${ok}X-G : 1\r\nContent-Length: 5\r\n\r\nhello`),
  broken("an empty name", `${ok}: 1\r\nContent-Length: 5\r\n\r\nhello`),
  broken("a head of 100 KB", `${ok}X-G: ${"x".repeat(100_000)}\r\nContent-Length: 5\r\n\r\nhello`),
  broken(
    "101 that nobody asked for",
    "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nhello",
  ),
  broken("100 and no more", "HTTP/1.1 100 Continue\r\n\r\n"),
  broken("103 and no more", "HTTP/1.1 103 Early Hints\r\n\r\n"),
  broken("status 99", "HTTP/1.1 099 Low\r\nContent-Length: 5\r\n\r\nhello"),
  broken("status 0", "HTTP/1.1 000 None\r\nContent-Length: 5\r\n\r\nhello"),
  broken("status 1000", "HTTP/1.1 1000 High\r\nContent-Length: 5\r\n\r\nhello"),
  broken("another protocol", "SSH-2.0-OpenSSH_9.9\r\n"),
  broken("HTTP/2", "HTTP/2 200\r\ncontent-length: 5\r\n\r\nhello"),
  broken("only a body", "hello"),
];

/** encodedResponses are for whoever decodes a Content-Encoding on the way. */
export const encodedResponses: readonly UpstreamScript[] = [
  fine("gzip", gzipped("hello")),
  broken("gzip that is none", `${ok}Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nhello`),
  broken("gzip that breaks off", gzipped("hello".repeat(100)).slice(0, -12), { mayBeCut: true }),
  broken("gzip of more than the 10 MB that a response may have", gzipped("x".repeat(11 * 1024 * 1024)), {
    mayBeCut: true,
  }),
];
