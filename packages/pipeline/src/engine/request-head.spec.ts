import { describe, expect, it } from "vitest";
import { Call } from "../call/call.ts";
import type { AmbiguousPaths } from "../call/path-form.ts";
import { WholeExchange } from "../call/whole-exchange.ts";
import { readHead } from "./request-head.ts";

interface Head {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: readonly string[];
  readonly protocol?: string;
  readonly ambiguous?: AmbiguousPaths;
}

function read({
  method = "GET",
  url = "/",
  headers = ["Host", "a.example"],
  protocol = "HTTP/1.1",
  ambiguous = "refuse",
}: Head) {
  const call = new Call({
    method,
    url,
    headers,
    exchange: new WholeExchange(Buffer.alloc(0)),
    sourceIp: "192.0.2.1",
    protocol,
    scheme: "http",
    port: 80,
    nowMs: 0,
    unixMs: 0,
  });
  const reply = readHead(call, ambiguous);
  const at = reply?.headers.indexOf("Connection") ?? -1;
  return { call, status: reply?.status, isClosed: at >= 0 && reply?.headers[at + 1] === "close" };
}

describe("a request target (RFC 9112, 3.2)", () => {
  it.each([
    ["/a?b", "a.example", "/a?b"],
    ["http://b.example/a?b", "b.example", "/a?b"],
    ["HTTP://b.example:8080/a", "b.example:8080", "/a"],
    ["https://[::1]:8080/a", "[::1]:8080", "/a"],
    ["http://b.example", "b.example", "/"],
    ["http://b.example?b", "b.example", "/?b"],
    ["http://b.example/http://c.example/", "b.example", "/http://c.example/"],
  ])("%s is for %s: %s", (url, host, wanted) => {
    const { call, status } = read({ url, headers: ["X", "1", "host", "a.example", "Y", "2"] });
    expect([status, call.host, call.url]).toEqual([undefined, host, wanted]);
    // Whoever reads the headers sees the same host.
    expect(call.headers.filter((_, i, all) => /^host$/i.test(all[i - (i % 2)] as string))).toEqual([
      expect.stringMatching(/^host$/i),
      host,
    ]);
    expect(call.headers).toEqual(expect.arrayContaining(["X", "1", "Y", "2"]));
  });

  it.each([
    "http:///a",
    "http://",
    "http://user@b.example/a",
    "http://b.example:80:80/a",
    "http://b.example,c.example/a",
    "ftp://b.example/a",
    "file:///a",
    "http:/a",
    "b.example:80",
    "a",
    "*",
    "*/a",
    "",
    "?a",
    "http://b.example/../a",
    "http://b.example/a#b",
  ])("'%s' is refused for GET, and the connection ends", (url) => {
    expect(read({ url })).toMatchObject({ status: 400, isClosed: true });
  });

  it.each(["*", "http://b.example", "https://b.example:8443"])("OPTIONS %s asks for the server", (url) => {
    expect(read({ method: "OPTIONS", url })).toMatchObject({ status: 200 });
  });

  it.each(["TRACE", "CONNECT"])("%s is not a supported method", (method) => {
    expect(read({ method, url: "/a" })).toMatchObject({ status: 405, isClosed: true });
  });

  it("is signed as it was sent", () => {
    const { call } = read({ url: "http://b.example/%61%2fb?c=%61" });
    expect([call.url, call.signedPath]).toEqual(["/a%2Fb?c=%61", "/%61%2fb"]);
    expect(read({ url: "/a?b" }).call.signedPath).toBe("/a");
  });

  it("has bytes outside ASCII encoded", () => {
    expect(read({ url: "/caf\xc3\xa9?q=\xe9" }).call.url).toBe("/caf%C3%A9?q=%E9");
  });

  it("has no fragment: one is cut off where paths are normalized", () => {
    expect(read({ url: "/a?b#c", ambiguous: "normalize" }).call.url).toBe("/a?b");
    expect(read({ url: "/a?b#c" }).status).toBe(400);
  });
});

describe("a Host", () => {
  it.each([
    "a.example",
    "a.example:8080",
    "A_b-c.example.",
    "127.0.0.1",
    "[::1]",
    "[::ffff:1.2.3.4]:80",
    "a:",
  ])("%s is one", (host) => expect(read({ headers: ["Host", host] }).status).toBeUndefined());

  it.each([
    [["Host", "a", "Host", "b"]],
    [["Host", "a", "hOST", "a"]],
    [["Host", "a/b"]],
    [["Host", "a, b"]],
    [["Host", "a,b"]],
    [["Host", "user@a"]],
    [["Host", "a:b"]],
    [["Host", "a:80:80"]],
    [["Host", "a b"]],
    [["Host", "a?b"]],
    [["Host", "a#b"]],
    [["Host", "[::1"]],
    [["Host", "a\\b"]],
    [["Host", "a%00"]],
    [["Host", ""]],
  ])("%j is refused, and the connection ends", (headers) => {
    expect(read({ headers })).toMatchObject({ status: 400, isClosed: true });
    expect(read({ headers, url: "http://b.example/" })).toMatchObject({ status: 400 });
  });

  it("may be missing in HTTP/1.0, and not in HTTP/1.1", () => {
    expect(read({ headers: ["X", "y"] })).toMatchObject({ status: 400, isClosed: true });
    expect(read({ headers: [], protocol: "HTTP/1.0" }).status).toBeUndefined();
  });
});

describe("the rest of a head", () => {
  it("HTTP/2.0 is a supported version, whose streams have no coding", () => {
    expect(read({ protocol: "HTTP/2.0" }).status).toBeUndefined();
  });

  it.each(["HTTP/0.9", "HTTP/1.2", "HTTP/2", "HTTP/3.0", "HTTP/11.1"])(
    "%s is not a supported version",
    (protocol) => {
      expect(read({ protocol })).toMatchObject({ status: 505, isClosed: true });
    },
  );

  it.each(["gzip", "gzip, chunked", "chunked, chunked", "chunked;x=1", "identity", "xchunked", "chunked,"])(
    "the transfer coding '%s' is not supported",
    (coding) => {
      const headers = ["Host", "a", "Transfer-Encoding", coding];
      expect(read({ method: "POST", headers })).toMatchObject({ status: 501, isClosed: true });
    },
  );

  it("takes one chunked coding in HTTP/1.1, in any case, and no second one", () => {
    const headers = ["Host", "a", "transfer-encoding", "Chunked"];
    expect(read({ headers }).status).toBeUndefined();
    expect(read({ headers: [...headers, "Transfer-Encoding", "chunked"] }).status).toBe(501);
    expect(read({ headers, protocol: "HTTP/1.0" }).status).toBe(400);
  });
});
