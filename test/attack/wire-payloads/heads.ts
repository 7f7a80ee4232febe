import { after, byte, ended, get, passed, post, refused, smuggled, type WirePayload } from "./payload.ts";

const line = (requestLine: string, more = "Host: a\r\n") => `${requestLine}\r\n${more}\r\n`;

const lines: readonly WirePayload[] = [
  passed("one request", get("/a"), "GET /a"),
  passed("two requests in one write", get("/a") + get("/b"), "GET /a", "GET /b"),
  passed("two spaces", line("GET  @/a HTTP/1.1") + get("/b"), "GET /a", "GET /b"),
  // Node's parser takes it for HTTP/1.0, and does not tell. The gateway's own refuses it.
  {
    ...ended("the line GET @/a RTSP/1.0", line("GET @/a RTSP/1.0") + smuggled, "GET /a"),
    mayBeRefused: true,
  },
  {
    ...passed("a method that no route has", line("SOURCE @/a HTTP/1.1") + get("/b"), "GET /b"),
    statuses: [403, 200],
  },
  {
    ...passed("a target without an API", line("GET // HTTP/1.1") + get("/b"), "GET /b"),
    statuses: [403, 200],
  },
  passed("an empty line first", `\r\n${get("/a")}`, "GET /a"),
  passed(
    "HTTP/1.0 that is kept alive",
    line("GET @/a HTTP/1.0", "Connection: keep-alive\r\n") + get("/b"),
    "GET /a",
    "GET /b",
  ),
  ...["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"].map((method) =>
    passed(`${method} without a body`, line(`${method} @/a HTTP/1.1`) + get("/b"), `${method} /a`, "GET /b"),
  ),
  ...["GET", "DELETE", "OPTIONS"].map((method) =>
    passed(
      `${method} with a body`,
      line(`${method} @/a HTTP/1.1`, "Host: a\r\nContent-Length: 3\r\n") + `xyz${get("/b")}`,
      `${method} /a xyz`,
      "GET /b",
    ),
  ),
  ...[
    "get @/a HTTP/1.1",
    "Get @/a HTTP/1.1",
    " GET @/a HTTP/1.1",
    "\tGET @/a HTTP/1.1",
    "GET\t@/a HTTP/1.1",
    "GET @/a\tHTTP/1.1",
    "GET @/a HTTP/1.1 ",
    "GET @/a HTTP/1.1\t",
    "GET @/a HTTP/1.1 x",
    "GET @/a b HTTP/1.1",
    "GET @/a http/1.1",
    "GET @/a HTTP /1.1",
    "GET @/a HTTP/ 1.1",
    "GET @/a HTTP/1",
    "GET @/a HTTP/1.",
    "GET @/a HTTP/.1",
    "GET @/a HTTP/1,1",
    "GET @/a HTTP/01.1",
    "GET @/a HTTP/1.01",
    "GET @/a HTTP/1.10",
    "GET @/a HTTP/11.1",
    "GET @/a HTTPS/1.1",
    "GET @/a FTP/1.1",
    "GET @/a ICE/1.0",
    "GET @/a HTTP",
    "GET @/a",
    "GET",
    "@/a HTTP/1.1",
    "G(T @/a HTTP/1.1",
    "G\x00T @/a HTTP/1.1",
    "FOO @/a HTTP/1.1",
    "\x16\x03\x01\x02",
    "GET @/a\x00 HTTP/1.1",
    "GET @/a\x01 HTTP/1.1",
    "GET @/a\x7f HTTP/1.1",
    "GET @/a\x0b HTTP/1.1",
    "GET @/a\rX HTTP/1.1",
    "GET @/a\nX HTTP/1.1",
  ].map((requestLine) =>
    refused(`the line ${JSON.stringify(requestLine)}`, line(requestLine) + smuggled, [400, 505]),
  ),
  ...["HTTP/0.9", "HTTP/1.2", "HTTP/1.9", "HTTP/2.0", "HTTP/2.1", "HTTP/3.0", "HTTP/0.0", "HTTP/9.9"].map(
    (version) => refused(`the version ${version}`, line(`GET @/a ${version}`) + smuggled, [400, 505]),
  ),
  refused("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", [400, 505]),
  ...["TRACE", "CONNECT"].flatMap((method) => [
    refused(`${method} of a path`, line(`${method} @/a HTTP/1.1`) + smuggled, 405),
    refused(`${method} of an authority`, line(`${method} a:80 HTTP/1.1`) + smuggled, [400, 405]),
  ]),
  refused("a target of 40 KB", line(`GET @/${"a".repeat(40_000)} HTTP/1.1`) + smuggled, 431),
];

const targets: readonly WirePayload[] = [
  passed("an absolute target", line("GET http://a@/a HTTP/1.1") + get("/b"), "GET /a", "GET /b"),
  passed(
    "an absolute target of another host",
    line("GET http://other.example@/a HTTP/1.1") + get("/b"),
    "GET /a",
    "GET /b",
  ),
  passed(
    "an absolute target with a scheme in capitals",
    line("GET HTTPS://a@/a HTTP/1.1") + get("/b"),
    "GET /a",
    "GET /b",
  ),
  ...[
    "http://@/a",
    "http://u:p@host/a".replace("@host", "\u0040h"),
    "http://a,b@/a",
    "http://a b@/a",
    "ftp://a@/a",
    "javascript:alert(1)",
    "http:@/a",
    "http:/a",
    "a",
    "a:80",
    "*",
    "?a",
    "#a",
    "\\a",
  ].map((target) => refused(`GET ${target}`, line(`GET ${target} HTTP/1.1`) + smuggled, [400, 403])),
  ...["/../a", "/%2e%2e/a", "/a#b", "/a\\b", "/%00", "/%zz", "/..%2fa", "/..;/a"].map((path) =>
    refused(`the path ${path}`, line(`GET @${path} HTTP/1.1`) + smuggled),
  ),
];

const hosts: readonly WirePayload[] = [
  ...["a", "a.example", "a:8080", "127.0.0.1", "[::1]:80"].map((host) =>
    passed(`Host: ${host}`, line("GET @/a HTTP/1.1", `Host: ${host}\r\n`) + get("/b"), "GET /a", "GET /b"),
  ),
  ...[
    "",
    "X: y\r\n",
    "Host: \r\n",
    "Host: a\r\nHost: a\r\n",
    "Host: a\r\nHost: b\r\n",
    "Host: a\r\nhost: b\r\n",
    "Host: a\r\nX: y\r\nHOST: b\r\n",
    "Host: a, b\r\n",
    "Host: a,b\r\n",
    "Host: a b\r\n",
    "Host: a/b\r\n",
    "Host: http://a\r\n",
    "Host: u\u0040a\r\n",
    "Host: a?b\r\n",
    "Host: a#b\r\n",
    "Host: a\\b\r\n",
    "Host: a:b\r\n",
    "Host: a:80:80\r\n",
    "Host: a:-1\r\n",
    "Host: a%00\r\n",
    "Host: [::1\r\n",
    "Host: \u00e4\r\n",
    "Host: a\r\n b\r\n",
    "Host : a\r\n",
    " Host: a\r\n",
    "Host\t: a\r\n",
    "Host: a\x00\r\n",
    "Host: a\x0bb\r\n",
  ].map((headers) =>
    refused(`with ${JSON.stringify(headers)}`, line("GET @/a HTTP/1.1", headers) + smuggled),
  ),
];

/** Bytes that a header's name must not have. */
const NO_NAME = Array.from('()<>@,;\\"/[]?={} \t')
  .map((c) => c.charCodeAt(0))
  .concat(0, 1, 11, 12, 27, 127, 128, 255);
/** Bytes that a header's value must not have. */
const NO_VALUE = [0, 1, 2, 7, 8, 11, 12, 14, 27, 31, 127];

const headers: readonly WirePayload[] = [
  ...NO_NAME.map((code) =>
    refused(
      `${byte(code)} in a name`,
      get("/a", `X${code === 0x40 ? "\u0040" : String.fromCharCode(code)}Y: z\r\n`) + smuggled,
    ),
  ),
  ...NO_VALUE.map((code) =>
    refused(`${byte(code)} in a value`, get("/a", `X: y${String.fromCharCode(code)}z\r\n`) + smuggled),
  ),
  ...[0x80, 0xa0, 0xe9, 0xff, 9].map((code) =>
    passed(
      `${byte(code)} in a value`,
      get("/a", `X: y${String.fromCharCode(code)}z\r\n`) + get("/b"),
      "GET /a",
      "GET /b",
    ),
  ),
  ...[
    "X\r\n",
    ": y\r\n",
    "X: y\r\n z\r\n",
    "X: y\r\n\tz\r\n",
    " X: y\r\n",
    "\tX: y\r\n",
    "X : y\r\n",
    "X: y\nZ: 1\r\n",
    "X: y\rZ: 1\r\n",
    "X: y\r\r\n",
    "X: y\n",
    "\n",
    "\r",
    "X: y\r\n\n",
    "X: y\r\n\r",
    "X: y\n\r\n",
  ].map((given) =>
    refused(
      `headers as ${JSON.stringify(given)}`,
      `GET @/a HTTP/1.1\r\nHost: a\r\n${given}X: 1\r\n\r\n${smuggled}`,
    ),
  ),
  refused("bare line feeds", `GET @/a HTTP/1.1\nHost: a\n\n${smuggled}`, [400, 505]),
  refused("a bare line feed behind the line", `GET @/a HTTP/1.1\nHost: a\r\n\r\n${smuggled}`, [400, 505]),
  refused("a bare carriage return behind the line", `GET @/a HTTP/1.1\rHost: a\r\n\r\n${smuggled}`),
  refused("a bare line feed at the end", `GET @/a HTTP/1.1\r\nHost: a\r\n\n${smuggled}`),
  refused("headers of 40 KB", get("/a", `X: ${"y".repeat(40_000)}\r\n`) + smuggled, 431),
  refused("3,000 headers", get("/a", "X: yyyyyyyyyyyy\r\n".repeat(3_000)) + smuggled, 431),
];

const connections: readonly WirePayload[] = [
  ended(
    "Upgrade: h2c",
    get("/a", "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n") +
      get("/b"),
    "GET /a",
  ),
  ended(
    "Upgrade: websocket",
    get(
      "/a",
      "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n",
    ) + get("/b"),
    "GET /a",
  ),
  ...[
    "transfer-encoding, content-length",
    "content-length",
    "host",
    "x-forwarded-for, x-amzn-trace-id",
    "close, keep-alive, x",
    "@",
    ",",
  ].map((named) => {
    const send = post(`Connection: ${named.replace("@", "\u0040")}\r\nContent-Length: 3`, "xyz");
    return named.includes("close")
      ? ended(`Connection: ${named}`, send + smuggled, "POST /a xyz")
      : passed(`Connection: ${named}`, send + get("/b"), "POST /a xyz", "GET /b");
  }),
  passed(
    "Expect: 100-continue",
    [post("Expect: 100-continue\r\nContent-Length: 3", ""), `xyz${get("/b")}`],
    "POST /a xyz",
    "GET /b",
  ),
  passed(
    "Expect: 100-continue, and the body at once",
    post("Expect: 100-continue\r\nContent-Length: 3", "xyz") + get("/b"),
    "POST /a xyz",
    "GET /b",
  ),
  ended("Expect: 100-continue without a body", get("/a", "Expect: 100-continue\r\n") + get("/b"), "GET /a"),
  passed(
    "Expect: 100-continue with chunks",
    post("Expect: 100-continue\r\nTransfer-Encoding: chunked", "3\r\nxyz\r\n0\r\n\r\n") + get("/b"),
    "POST /a xyz",
    "GET /b",
  ),
  ...["x", "100-continuex"].map((value) =>
    refused(`Expect: ${value}`, post(`Expect: ${value}\r\nContent-Length: 3`, `xyz${smuggled}`), [417, 400]),
  ),
  refused("Expect with a fold", post(`Expect:\r\n 100-continue\r\nContent-Length: 3`, `xyz${smuggled}`)),
  after(
    "a bad request behind a good one",
    get("/a") + "GET @/b HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n",
    "GET /a",
  ),
  after(
    "a bad request behind two good ones",
    `${get("/a")}${get("/b")}G(T / HTTP/1.1\r\n\r\n`,
    "GET /a",
    "GET /b",
  ),
  after("bytes behind a good request", `${get("/a")}\x00\x00\x00\x00`, "GET /a"),
];

/** One request that arrives in two pieces, cut anywhere. */
const whole = `${post("Transfer-Encoding: chunked", "3\r\nxyz\r\n0\r\n\r\n")}`;
const cut: readonly WirePayload[] = Array.from({ length: whole.length - 2 }, (_, i) => i + 1)
  .filter((at) => whole[at - 1] !== "@" && whole[at] !== "@")
  .map((at) => passed(`cut after ${at} bytes`, [whole.slice(0, at), whole.slice(at)], "POST /a xyz"));

export const heads: readonly WirePayload[] = [
  ...lines,
  ...targets,
  ...hosts,
  ...headers,
  ...connections,
  ...cut,
];
