import { describe, expect, it } from "vitest";
import { BadMessage } from "./bad-message.ts";
import { checkHeadStart, readRequestHead } from "./request-head.ts";

/** A text as it arrives: among other bytes. */
const amid = (text: string) => Buffer.from(`behind${text}A: b\0`, "latin1");
const FROM = "behind".length;
const read = (text: string) => readRequestHead(amid(text), FROM, FROM + text.length);
const check = (text: string, checked: number) =>
  checkHeadStart(amid(text), FROM, FROM + text.length, checked);

const LINE = "GET /a HTTP/1.1\r\n";

describe("the head of a request", () => {
  it.each<[string, string, object]>([
    [
      "with nothing but a line",
      LINE,
      { method: "GET", target: "/a", version: "1.1", headers: [], isKept: true },
    ],
    ["with several spaces", "GET   /a  HTTP/1.1\r\n", { method: "GET", target: "/a" }],
    ["with a method of two words", "M-SEARCH * HTTP/1.1\r\n", { method: "M-SEARCH", target: "*" }],
    ["with an absolute target", "GET http://b/ HTTP/1.1\r\n", { target: "http://b/" }],
    ["of HTTP/1.0", "GET / HTTP/1.0\r\n", { version: "1.0", isKept: false }],
    [
      "of HTTP/1.0 that keeps its connection",
      "GET / HTTP/1.0\r\nConnection: keep-alive\r\n",
      { isKept: true },
    ],
    ["that ends its connection", `${LINE}Connection: x, Close\r\n`, { isKept: false }],
    ["with blanks around a value", `${LINE}A: \t b c \t\r\nB:\r\n`, { headers: ["A", "b c", "B", ""] }],
    ["with headers that are repeated", `${LINE}A: 1\r\na: 2\r\n`, { headers: ["A", "1", "a", "2"] }],
    ["with a length", `${LINE}Content-Length: 0003\r\n`, { lengthBytes: 3, isChunked: false }],
    ["with chunks", `${LINE}transfer-encoding: Chunked \r\n`, { lengthBytes: -1, isChunked: true }],
    ["that offers a protocol", `${LINE}Connection: Upgrade\r\nUpgrade: x\r\n`, { offersUpgrade: true }],
    ["that offers none", `${LINE}Upgrade: x\r\n`, { offersUpgrade: false }],
    [
      "of HTTP/1.0, which offers none",
      "GET / HTTP/1.0\r\nConnection: Upgrade\r\nUpgrade: x\r\n",
      { offersUpgrade: false },
    ],
    ["that expects something", `${LINE}Expect: a\r\nExpect: b\r\n`, { expectation: "a, b" }],
    ["of HTTP/1.0, which has no expectations", "GET / HTTP/1.0\r\nExpect: a\r\n", { expectation: undefined }],
  ])("%s", (_what, text, head) => {
    expect(read(text)).toMatchObject(head);
  });

  it("is the same where it is so long that its values are copied", () => {
    const long = "\xe4".repeat(5_000);
    const head = read(`${LINE}A: ${long}\r\nB: c\r\n`);
    expect([head.target, ...head.headers]).toEqual(["/a", "A", long, "B", "c"]);
  });

  it.each<[string, string, number]>([
    ["a method that is not one of HTTP", "FOO / HTTP/1.1\r\n", 400],
    ["a method in lower case", "get / HTTP/1.1\r\n", 400],
    ["no target", "GET HTTP/1.1\r\n", 400],
    ["no version", "GET /\r\n", 400],
    ["a tab in the line", "GET\t/ HTTP/1.1\r\n", 400],
    ["a space behind the line", "GET / HTTP/1.1 \r\n", 400],
    ["a control character in the target", "GET /\x01 HTTP/1.1\r\n", 400],
    ["a byte above ASCII in the target", "GET /\xe4 HTTP/1.1\r\n", 400],
    ["a line feed in the line", "GET / HTTP/1.1\nA: b\r\n", 400],
    ["another protocol", "GET / RTSP/1.0\r\n", 400],
    ["HTTP/2", "GET / HTTP/2.0\r\n", 505],
    ["HTTP/1.2", "GET / HTTP/1.2\r\n", 505],
    ["a folded line", `${LINE}A: b\r\n c\r\n`, 400],
    ["a space in front of the colon", `${LINE}A : b\r\n`, 400],
    ["a carriage return in a value", `${LINE}A: b\rc\r\n`, 400],
    ["NUL in a value", `${LINE}A: b\0\r\n`, 400],
    ["two lengths", `${LINE}Content-Length: 3\r\nContent-Length: 3\r\n`, 400],
    ["a length that is not a number", `${LINE}Content-Length: +3\r\n`, 400],
    ["a length and chunks", `${LINE}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n`, 400],
    ["another coding", `${LINE}Transfer-Encoding: gzip, chunked\r\n`, 501],
    ["two codings", `${LINE}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n`, 501],
    ["a tab behind the coding", `${LINE}Transfer-Encoding: chunked\t\r\n`, 501],
    ["a coding in HTTP/1.0", "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n", 400],
    ["more headers than are read", LINE + "A: b\r\n".repeat(1_001), 431],
  ])("with %s is refused", (_what, text, status) => {
    expect(() => read(text)).toThrow(expect.objectContaining({ constructor: BadMessage, status }));
  });
});

describe("the beginning of a head", () => {
  const head = "POST /a?b HTTP/1.1\r\nHost: a\r\nX-Y: z\r\n";

  it("is waited for, wherever it is cut, and each line is looked at once", () => {
    let from = 0;
    for (let cut = 1; cut <= head.length; cut++) from = check(head.slice(0, cut), from);
    expect(from).toBe(head.length);
  });

  it.each([
    "get ",
    "\x16\x03\x01",
    "GET /\n",
    "GET / HTTP/1.1\nHost",
    "FOO / HTTP/1.1\r\n",
    "GET / HTTP/1.2\r\n",
    `${LINE}A b`,
    `${LINE} `,
    `${LINE}A: b\n`,
    `${LINE}A: b\0`,
    `${LINE}A: b\r\nC :`,
  ])("%j is refused at once", (text) => {
    expect(() => check(text, 0)).toThrow(BadMessage);
  });
});
