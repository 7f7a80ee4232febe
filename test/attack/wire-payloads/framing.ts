import { after, ended, get, hidden, passed, post, refused, smuggled, type WirePayload } from "./payload.ts";

const lengths: readonly WirePayload[] = [
  passed("a body by its length", post("Content-Length: 3", "xyz") + get("/b"), "POST /a xyz", "GET /b"),
  passed("a length with zeros", post("Content-Length: 0003", "xyz") + get("/b"), "POST /a xyz", "GET /b"),
  passed(
    "a length with space around it",
    post("Content-Length: \t3 \t", "xyz") + get("/b"),
    "POST /a xyz",
    "GET /b",
  ),
  passed("a length in capitals", post("CONTENT-LENGTH: 3", "xyz") + get("/b"), "POST /a xyz", "GET /b"),
  passed("no length", post("X: y", "") + get("/b"), "POST /a", "GET /b"),
  passed("a length of 0", post("Content-Length: 0", "") + get("/b"), "POST /a", "GET /b"),
  after("a body without a length", post("X: y", "xyz\r\n\r\n"), "POST /a"),
  ...[
    ..."+3 -3 0x3 0X3 3,3 3;3 3.0 1_0 1e1 3a a 3=3 $3 \u00b3 3\u00a0 9223372036854775811 18446744073709551619".split(
      " ",
    ),
    "99999999999999999999999",
    "3 3",
    "3 ,",
    "3, 4",
    '"3"',
    "3\x0b",
    "\x0c3",
    "3\x00",
    "",
    " ",
  ].map((value) =>
    refused(
      `Content-Length: ${JSON.stringify(value)}`,
      post(`Content-Length: ${value}`, "xyz0123456789"),
      [400, 413],
    ),
  ),
  ...[
    ["3", "3"],
    ["3", "4"],
    ["0", "3"],
    ["3", "0"],
    ["", "3"],
    ["3", ""],
  ].map(([one, two]) =>
    refused(
      `Content-Length: '${one}' and '${two}'`,
      post(`Content-Length: ${one}\r\ncontent-length: ${two}`, "xyz"),
    ),
  ),
  ...[
    "Content-Length : 3",
    "Content-Length\t: 3",
    " Content-Length: 3",
    "Content-Length\x00: 3",
    "Content-Length\r\n: 3",
  ].map((line) => refused(`a length as ${JSON.stringify(line)}`, post(line, "xyz"))),
  ...["Content_Length: 27", "Content-Length-: 27", "XContent-Length: 27", "Content--Length: 27"].map((line) =>
    after(`a length that is none: ${line}`, post(line, `GET /smuggled\r\n\r\n`), "POST /a"),
  ),
  passed(
    "a body that looks like a request",
    post(`Content-Length: ${hidden.length}`, hidden) + get("/b"),
    `POST /a ${hidden}`,
    "GET /b",
  ),
];

const both: readonly WirePayload[] = [
  ["Content-Length: 3", "Transfer-Encoding: chunked"],
  ["Transfer-Encoding: chunked", "Content-Length: 3"],
  ["Content-Length: 0", "Transfer-Encoding: chunked"],
  ["Transfer-Encoding: chunked", "Content-Length: 0"],
  ["Content-Length: 5", "TRANSFER-ENCODING: CHUNKED"],
  ["Content-Length: 5", "Transfer-Encoding: identity"],
  ["Content-Length: 5", "Transfer-Encoding: gzip"],
  ["Content-Length: 5", "Transfer-Encoding: "],
  ["Content-Length: 5", "Transfer-Encoding: xchunked"],
  ["Content-Length: 5", "Transfer-Encoding : chunked"],
].flatMap(([one, two]) => [
  refused(`${one} with ${two}`, post(`${one}\r\n${two}`, `0\r\n\r\n${smuggled}`), [400, 501]),
  refused(
    `${one} with ${two} after other headers`,
    post(`X: 1\r\n${one}\r\nY: 2\r\n${two}`, `0\r\n\r\n`),
    [400, 501],
  ),
]);

const chunks = "3\r\nxyz\r\n0\r\n\r\n";
const codings: readonly WirePayload[] = [
  ...["chunked", "Chunked", "CHUNKED", " chunked", "\tchunked", "chunked "].map((value) =>
    passed(
      `Transfer-Encoding: ${JSON.stringify(value)}`,
      post(`Transfer-Encoding: ${value}`, chunks) + get("/b"),
      "POST /a xyz",
      "GET /b",
    ),
  ),
  ...[
    ..."identity gzip deflate compress xchunked chunkedx chunk chunke x-chunked cow chunked;q=1 chunked; chunked=1".split(
      " ",
    ),
    "chunked,chunked",
    "gzip, chunked",
    "chunked, gzip",
    "identity, chunked",
    "chunked, identity",
    ",chunked",
    "chunked,",
    ", chunked",
    '"chunked"',
    "'chunked'",
    "chunked x",
    "chunked\t ",
    "chun\tked",
    "",
    " ",
    ",",
    "chunked\x0b",
    "\x0bchunked",
    "chunked\x00",
    "\u00a0chunked",
    "chunked\u00a0",
    "chunKed".replace("K", "\u212a"),
  ].map((value) =>
    refused(
      `Transfer-Encoding: ${JSON.stringify(value)}`,
      post(`Transfer-Encoding: ${value}`, `${chunks}${smuggled}`),
      [400, 501],
    ),
  ),
  ...[
    ["chunked", "chunked"],
    ["chunked", "identity"],
    ["identity", "chunked"],
    ["chunked", ""],
    ["", "chunked"],
    ["gzip", "chunked"],
  ].map(([one, two]) =>
    refused(
      `Transfer-Encoding: '${one}' and '${two}'`,
      post(`Transfer-Encoding: ${one}\r\nTransfer-encoding: ${two}`, `${chunks}${smuggled}`),
      [400, 501],
    ),
  ),
  ...[
    "Transfer-Encoding : chunked",
    "Transfer-Encoding\t: chunked",
    " Transfer-Encoding: chunked",
    "X: y\r\n Transfer-Encoding: chunked",
    "X: y\r\n\tTransfer-Encoding: chunked",
    "Transfer-Encoding:\r\n chunked",
    "Transfer-Encoding:\n chunked",
    "Transfer-Encoding\r\n: chunked",
    "Transfer-Encoding\x00: chunked",
    "X: y\rTransfer-Encoding: chunked",
    "X: y\nTransfer-Encoding: chunked",
    "X: y\x00Transfer-Encoding: chunked",
    "X: y\r\r\nTransfer-Encoding: chunked",
    "X: y\n\rTransfer-Encoding: chunked",
  ].map((line) =>
    refused(`a coding as ${JSON.stringify(line)}`, post(line, `${chunks}${smuggled}`), [400, 501]),
  ),
  ...[
    "Transfer_Encoding",
    "Transfer-Encoding-",
    "XTransfer-Encoding",
    "Transfer--Encoding",
    "Transfer Encoding",
  ].map((name) =>
    name.includes(" ")
      ? refused(`a coding as ${name}`, post(`${name}: chunked`, chunks))
      : after(`a coding that is none: ${name}`, post(`${name}: chunked`, chunks), "POST /a"),
  ),
  refused("a coding in HTTP/1.0", `POST @/a HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`),
  refused(
    "a coding in HTTP/1.0 that is kept alive",
    `POST @/a HTTP/1.0\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}${smuggled}`,
  ),
];

const chunkedBody = (bytes: string) => post("Transfer-Encoding: chunked", bytes);
const sizes: readonly WirePayload[] = [
  ...["3", "03", "0000003", "3;a", "3;a=b", '3;a="b"', "3;a;b=c"].map((size) =>
    passed(
      `a chunk of the size ${size}`,
      chunkedBody(`${size}\r\nxyz\r\n0\r\n\r\n`) + get("/b"),
      "POST /a xyz",
      "GET /b",
    ),
  ),
  passed(
    "a size in capital digits",
    chunkedBody(`A\r\n0123456789\r\n0\r\n\r\n`) + get("/b"),
    "POST /a 0123456789",
    "GET /b",
  ),
  passed(
    "many chunks",
    chunkedBody(`${"1\r\nx\r\n".repeat(50)}0\r\n\r\n`) + get("/b"),
    `POST /a ${"x".repeat(50)}`,
    "GET /b",
  ),
  passed("no chunk but the last", chunkedBody("0\r\n\r\n") + get("/b"), "POST /a", "GET /b"),
  passed(
    "several zeros as the last",
    chunkedBody("3\r\nxyz\r\n000\r\n\r\n") + get("/b"),
    "POST /a xyz",
    "GET /b",
  ),
  passed(
    "a chunk that looks like a request",
    chunkedBody(`${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n`) + get("/b"),
    `POST /a ${hidden}`,
    "GET /b",
  ),
  ...[
    ..."0x3 0X3 +3 -3 3_ 3h g $3 3, 3.0 -0 ffffffffffffffff3 fffffffffffffffff 10000000000000003".split(" "),
    "",
    " 3",
    "\t3",
    "3 3",
    "3\x00",
    "3;a\x00",
    "3\x0b",
    "\u00b3",
  ].map((size) =>
    refused(
      `a chunk of the size ${JSON.stringify(size)}`,
      chunkedBody(`${size}\r\nxyz\r\n0\r\n\r\n${smuggled}`),
      [400, 413],
    ),
  ),
  ...[
    "3\nxyz\r\n0\r\n\r\n",
    "3\rxyz\r\n0\r\n\r\n",
    "3\r\rxyz\r\n0\r\n\r\n",
    "3\r\nxyz\n0\r\n\r\n",
    "3\r\nxyz\r0\r\n\r\n",
    "3\r\nxyz0\r\n\r\n",
    "3\r\nxyzz\r\n0\r\n\r\n",
    "2\r\nxyz\r\n0\r\n\r\n",
    "3\r\nxyzab0\r\n\r\n",
    "3\r\nxyz\r\n0\n\r\n",
    "3\r\nxyz\r\n0\n\n",
    "3\r\nxyz\r\n0\r\n\n",
    "3\r\nxyz\r\n0\r\n\rX",
    "3\r\nxyz\r\n0\r\n\r\r\n",
    "3;a\nxyz\r\n0\r\n\r\n",
    "3;a\rb\r\nxyz\r\n0\r\n\r\n",
    "3;a\nb\r\nxyz\r\n0\r\n\r\n",
    '3;a="\r\n"\r\nxyz\r\n0\r\n\r\n',
    "3;\r\nxyz\r\n0;\n\r\n",
  ].map((bytes) => refused(`chunks as ${JSON.stringify(bytes)}`, chunkedBody(bytes + smuggled))),
  refused(
    "a long extension",
    chunkedBody(`3;${"a".repeat(20_000)}\r\nxyz\r\n0\r\n\r\n${smuggled}`),
    [400, 413],
  ),
];

const trailers: readonly WirePayload[] = [
  ...["X: y", "X: y\r\nZ: 1", "Host: b", "Authorization: x"].map((lines) =>
    passed(
      `the trailer ${JSON.stringify(lines)}`,
      chunkedBody(`3\r\nxyz\r\n0\r\n${lines}\r\n\r\n`) + get("/b"),
      "POST /a xyz",
      "GET /b",
    ),
  ),
  ...[
    "X: y\n",
    "X: y\r",
    " X: y\r\n",
    "X : y\r\n",
    "X: y\r\n z\r\n",
    "X\r\n",
    ": y\r\n",
    "X: \x00\r\n",
    "GET /smuggled HTTP/1.1\r\n",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
  ].map((lines) =>
    refused(
      `the trailer ${JSON.stringify(lines)}`,
      chunkedBody(`3\r\nxyz\r\n0\r\n${lines}\r\n${smuggled}`),
      [400, 501],
    ),
  ),
];

const unread: readonly WirePayload[] = [
  {
    ...passed(
      "a body that nobody reads",
      `POST ~/a HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}`,
    ),
    statuses: [403],
  },
  {
    ...passed(
      "a body that nobody reads, and a request",
      `POST ~/a HTTP/1.1\r\nHost: a\r\nContent-Length: ${hidden.length}\r\n\r\n${hidden}${get("/b")}`,
      "GET /b",
    ),
    statuses: [403, 200],
  },
  {
    ...passed(
      "chunks that nobody reads",
      `POST ~/a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${hidden.length.toString(16)}\r\n${hidden}\r\n0\r\n\r\n${get("/b")}`,
      "GET /b",
    ),
    statuses: [403, 200],
  },
  ended("a request after the last one", get("/a", "Connection: close\r\n") + smuggled, "GET /a"),
  ended("a request after the only one of HTTP/1.0", `GET @/a HTTP/1.0\r\n\r\n${smuggled}`, "GET /a"),
];

export const framing: readonly WirePayload[] = [
  ...lengths,
  ...both,
  ...codings,
  ...sizes,
  ...trailers,
  ...unread,
];
