import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { Dispatcher } from "undici";
import { describe, expect, it } from "vitest";
import { BodyParts } from "@tollgate/pipeline";
import { Connection } from "./connection.ts";
import { Exchange } from "./exchange.ts";

/** A socket without a network, which keeps what is written to it. */
class FakeSocket extends EventEmitter {
  readonly written: string[] = [];
  /** Of the writes that have one: the kernel has not taken their bytes before. */
  readonly callbacks: ((error?: Error) => void)[] = [];
  writable = true;
  destroyed = false;
  errored: Error | null = null;
  writableLength = 0;
  write(chunk: string | Buffer, given?: string | ((error?: Error) => void)): boolean {
    this.written.push(typeof chunk === "string" ? chunk : chunk.toString("latin1"));
    if (typeof given === "function") this.callbacks.push(given);
    return true;
  }
  cork(): void {}
  uncork(): void {}
  pause(): void {}
  resume(): void {}
  destroy(): void {
    this.destroyed = true;
    this.writable = false;
  }
}

interface Outcome {
  readonly seen: string;
  /** Whether the connection may be used again. */
  readonly isReused: boolean;
  readonly isOpen: boolean;
}

/** What a handler sees of a response that arrives in pieces, and what becomes of the connection; FIN: the upstream ends it. */
function outcomeOf(
  pieces: readonly (Buffer | "FIN")[],
  { method = "GET", isLast = false, unsentBytes = 0, pauses = false } = {},
): Outcome {
  const socket = new FakeSocket();
  let isReused = false;
  const connection = new Connection(
    socket as unknown as Socket,
    { released: () => (isReused = true), closed: () => (isReused = false) },
    4_000,
  );
  let seen = "";
  const handler: Dispatcher.DispatchHandler = {
    onResponseStart(controller, status, _headers, reason) {
      seen += `${status} ${reason} ${JSON.stringify(controller.rawHeaders)} `;
    },
    onResponseData(controller, chunk) {
      seen += chunk.toString("latin1");
      if (pauses) controller.pause();
    },
    onResponseEnd: () => (seen += "<end>"),
    onResponseError: (_controller, error) => (seen += ` ${error.message}`),
    onRequestUpgrade: () => (seen += "<upgraded>"),
  };
  const exchange = new Exchange(
    { text: "GET / HTTP/1.1\r\n\r\n", isLast },
    { method, body: undefined },
    handler,
    () => undefined,
  );
  connection.send(exchange);
  socket.writableLength = unsentBytes;
  for (const piece of pieces) {
    if (piece === "FIN") socket.emit("end");
    else connection.received(piece, piece.length);
    for (let i = 0; pauses && i < 3; i++) exchange.resume();
  }
  return { seen, isReused, isOpen: !socket.destroyed };
}

/** A response whole, cut in two at each place, in single bytes, and read by a client that asks to wait after each piece. */
function* waysOf(response: string): Generator<readonly [readonly (Buffer | "FIN")[], boolean]> {
  const isEnded = response.endsWith("<FIN>");
  const bytes = Buffer.from(isEnded ? response.slice(0, -5) : response, "latin1");
  const rest = isEnded ? (["FIN"] as const) : [];
  yield [[bytes, ...rest], false];
  yield [[bytes, ...rest], true];
  for (let cut = 1; cut < bytes.length; cut++)
    yield [[bytes.subarray(0, cut), bytes.subarray(cut), ...rest], cut % 2 === 0];
  yield [[...Array.from(bytes, (byte) => Buffer.of(byte)), ...rest], false];
}

const always = (response: string, options = {}): Outcome => {
  const outcomes = [...waysOf(response)].map(([pieces, pauses]) => outcomeOf(pieces, { ...options, pauses }));
  for (const outcome of outcomes) expect(outcome).toEqual(outcomes[0]);
  return outcomes[0] as Outcome;
};

const OK = "HTTP/1.1 200 OK\r\n";
const REUSED = { isReused: true, isOpen: true };
const ENDED = { isReused: false, isOpen: false };

describe("a response", () => {
  it.each<[string, string, string, object, object?]>([
    [
      "of a known length",
      `${OK}Content-Length: 5\r\n\r\nhello`,
      '200 OK ["Content-Length","5"] hello<end>',
      REUSED,
    ],
    ["without a body", `${OK}content-length:0\r\n\r\n`, '200 OK ["content-length","0"] <end>', REUSED],
    [
      "without a reason",
      "HTTP/1.1 404\r\nContent-Length: 0\r\n\r\n",
      '404  ["Content-Length","0"] <end>',
      REUSED,
    ],
    [
      "with an empty reason",
      "HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
      '200  ["Content-Length","0"] <end>',
      REUSED,
    ],
    [
      "with other bytes in its reason",
      "HTTP/1.1 200 \xe4\t!\r\nContent-Length: 0\r\n\r\n",
      '200 \xe4\t! ["Content-Length","0"] <end>',
      REUSED,
    ],
    [
      "with blanks around a value",
      `${OK}Content-Length: 0\r\nA: \t b c \t\r\nB:\r\n\r\n`,
      '200 OK ["Content-Length","0","A","b c","B",""] <end>',
      REUSED,
    ],
    [
      "in chunks",
      `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0002;a="b\\"c;";d=;f\r\nde\r\n0\r\n\r\n`,
      '200 OK ["Transfer-Encoding","chunked"] abcde<end>',
      REUSED,
    ],
    [
      "in chunks with trailers",
      `${OK}transfer-encoding: Chunked\r\n\r\nA\r\n0123456789\r\n0\r\nX: y\r\n\r\n`,
      '200 OK ["transfer-encoding","Chunked"] 0123456789<end>',
      REUSED,
    ],
    [
      "behind interim ones",
      `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}Content-Length: 1\r\n\r\nx`,
      '200 OK ["Content-Length","1"] x<end>',
      REUSED,
    ],
    [
      "204 of no length",
      "HTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n",
      '204 No ["Content-Length","0"] <end>',
      REUSED,
    ],
    [
      "204 that gives a length",
      "HTTP/1.1 204 No\r\nContent-Length: 5\r\n\r\n",
      '204 No ["Content-Length","5"] <end>',
      ENDED,
    ],
    [
      "204 that announces chunks",
      "HTTP/1.1 204 No\r\nTransfer-Encoding: chunked\r\n\r\n",
      '204 No ["Transfer-Encoding","chunked"] <end>',
      ENDED,
    ],
    [
      "304, whatever it says of a length",
      "HTTP/1.1 304 Not\r\nTransfer-Encoding: chunked\r\n\r\n",
      '304 Not ["Transfer-Encoding","chunked"] <end>',
      REUSED,
    ],
    [
      "to HEAD",
      `${OK}Content-Length: 5\r\n\r\n`,
      '200 OK ["Content-Length","5"] <end>',
      ENDED,
      { method: "HEAD", isLast: true },
    ],
    ["up to the end of its connection", `${OK}\r\nhello<FIN>`, "200 OK [] hello<end>", ENDED],
    ["of which nothing but the head came", `${OK}\r\n<FIN>`, "200 OK [] <end>", ENDED],
    [
      "after which the connection ends",
      `${OK}Connection: x, CLOSE\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx`,
      '200 OK ["Connection","x, CLOSE","Connection","keep-alive","Content-Length","1"] x<end>',
      ENDED,
    ],
    [
      "of HTTP/1.0",
      "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
      '200 OK ["Content-Length","1"] x<end>',
      ENDED,
    ],
    [
      "of HTTP/1.0 that keeps its connection",
      "HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx",
      '200 OK ["Connection","keep-alive","Content-Length","1"] x<end>',
      REUSED,
    ],
    [
      "whose connection is kept for less than it takes",
      `${OK}Keep-Alive: timeout=2\r\nContent-Length: 0\r\n\r\n`,
      '200 OK ["Keep-Alive","timeout=2","Content-Length","0"] <end>',
      ENDED,
    ],
    [
      "before the request has left completely",
      `${OK}Content-Length: 1\r\n\r\nx`,
      '200 OK ["Content-Length","1"] x<end>',
      ENDED,
      { unsentBytes: 1 },
    ],
    [
      "of a request that is the last on its connection",
      `${OK}Content-Length: 1\r\n\r\nx`,
      '200 OK ["Content-Length","1"] x<end>',
      ENDED,
      { isLast: true },
    ],
  ])("%s", (_what, response, seen, connection, options) => {
    expect(always(response, options)).toEqual({ seen, ...connection });
  });

  it("goes on however long the extensions of its chunks are together", () => {
    const chunks = `1;a=${"b".repeat(80)}\r\nx\r\n`.repeat(1_000);
    const response = Buffer.from(`${OK}Transfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`);
    const seen = `200 OK ["Transfer-Encoding","chunked"] ${"x".repeat(1_000)}<end>`;
    expect(outcomeOf([response])).toEqual({ seen, ...REUSED });
  });

  it("ends its connection if more follows than it says", () => {
    expect(always(`${OK}Content-Length: 2\r\n\r\nhi${OK}`)).toEqual({
      seen: '200 OK ["Content-Length","2"] hi<end>',
      ...ENDED,
    });
  });

  it("of another protocol is given to the handler, without its connection", () => {
    expect(always("HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n")).toEqual({ seen: "<upgraded>", ...ENDED });
  });
});

describe("what is no response in HTTP/1.1 ends the exchange and the connection", () => {
  const HEAD = "the name of a header is not a token";
  const VALUE = "the value of a header has a character that is not allowed";
  const STATUS = "the status line is not one of HTTP/1.0 or HTTP/1.1";
  const LENGTH = "Content-Length is not a number";
  const CODING = "the transfer coding is not chunked";
  const SIZE = "the size of a chunk is not a number, or its extensions are wrong";
  const TRAILER = "a trailer says how long the message or its connection lasts";
  const CUT = "the upstream closed the connection";
  const chunked = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
  it.each([
    ["another protocol", "SSH-2.0-OpenSSH\r\n\r\n\r\n", STATUS],
    ["another version", "HTTP/1.2 200 OK\r\n\r\n", STATUS],
    ["HTTP/2", "HTTP/2.0 200 OK\r\n\r\n", STATUS],
    ["a lower-case version", "http/1.1 200 OK\r\n\r\n", STATUS],
    ["a status of two digits", "HTTP/1.1 20 OK\r\n\r\n", STATUS],
    ["a status below 100", "HTTP/1.1 099 OK\r\n\r\n", STATUS],
    ["two spaces in the status line", "HTTP/1.1  200 OK\r\n\r\n", STATUS],
    ["an empty line in front", `\r\n${OK}\r\n`, STATUS],
    ["NUL in the reason", "HTTP/1.1 200 O\0K\r\n\r\n", STATUS],
    ["CR in the reason", "HTTP/1.1 200 O\rK\r\n\r\n", STATUS],
    ["LF in the reason", "HTTP/1.1 200 OK\nA: b\r\n\r\n", STATUS],
    ["a folded line", `${OK}A: b\r\n c\r\n\r\n`, HEAD],
    ["a folded first line", `${OK} A: b\r\n\r\n`, HEAD],
    ["a space in front of the colon", `${OK}Content-Length : 5\r\n\r\nhello`, HEAD],
    ["no colon", `${OK}A\r\n\r\n`, HEAD],
    ["no name", `${OK}: b\r\n\r\n`, HEAD],
    ["a name in brackets", `${OK}(A): b\r\n\r\n`, HEAD],
    ["NUL in a value", `${OK}A: b\0\r\n\r\n`, VALUE],
    ["CR in a value", `${OK}A: b\rC: d\r\n\r\n`, VALUE],
    ["LF as the end of a line", `${OK}A: b\nC: d\r\n\r\n`, VALUE],
    ["a control character in a value", `${OK}A: \x01\r\n\r\n`, VALUE],
    ["DEL in a value", `${OK}A: \x7f\r\n\r\n`, VALUE],
    ["a length with a sign", `${OK}Content-Length: +5\r\n\r\nhello`, LENGTH],
    ["a negative length", `${OK}Content-Length: -1\r\n\r\n`, LENGTH],
    ["a hexadecimal length", `${OK}Content-Length: 0x5\r\n\r\nhello`, LENGTH],
    ["a length with a fraction", `${OK}Content-Length: 5.0\r\n\r\nhello`, LENGTH],
    ["an empty length", `${OK}Content-Length:\r\n\r\n`, LENGTH],
    ["a list of lengths", `${OK}Content-Length: 5, 5\r\n\r\nhello`, LENGTH],
    ["a length that no number holds", `${OK}Content-Length: 99999999999999999999\r\n\r\n`, LENGTH],
    [
      "two lengths",
      `${OK}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`,
      "Content-Length is repeated",
    ],
    [
      "the same length twice",
      `${OK}Content-Length: 5\r\ncontent-length: 5\r\n\r\nhello`,
      "Content-Length is repeated",
    ],
    [
      "a length and chunks",
      `${OK}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      "the length is given in two ways",
    ],
    [
      "chunks in HTTP/1.0",
      "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
      "HTTP/1.0 has no transfer codings",
    ],
    ["another coding", `${OK}Transfer-Encoding: gzip\r\n\r\n`, CODING],
    ["two codings", `${OK}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, CODING],
    [
      "chunks twice",
      `${OK}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      CODING,
    ],
    ["identity", `${OK}Transfer-Encoding: identity\r\n\r\n`, CODING],
    ["a chunk without a size", `${chunked}\r\nabc\r\n0\r\n\r\n`, SIZE],
    ["a chunk size with 0x", `${chunked}0x3\r\nabc\r\n0\r\n\r\n`, SIZE],
    ["a chunk size with a sign", `${chunked}+3\r\nabc\r\n0\r\n\r\n`, SIZE],
    ["a chunk size with an underscore", `${chunked}0_3\r\nabc\r\n0\r\n\r\n`, SIZE],
    ["a chunk size with a space", `${chunked}3 \r\nabc\r\n0\r\n\r\n`, SIZE],
    ["a space in front of an extension", `${chunked}3 ;a\r\nabc\r\n0\r\n\r\n`, SIZE],
    ["a chunk size that no number holds", `${chunked}fffffffffffffffff\r\n`, SIZE],
    [
      "LF behind a chunk size",
      `${chunked}3\nabc\r\n0\r\n\r\n`,
      "a line of a body in chunks does not end with CRLF",
    ],
    ["an extension without a name", `${chunked}3;\r\nabc\r\n0\r\n\r\n`, SIZE],
    ["an extension that does not end its quotes", `${chunked}3;a="b\r\nabc\r\n0\r\n\r\n`, SIZE],
    ["a length in the trailers", `${chunked}0\r\ncontent-length: 0\r\n\r\n`, TRAILER],
    ["a coding in the trailers", `${chunked}0\r\nTransfer-Encoding: chunked\r\n\r\n`, TRAILER],
    ["the end of the connection in the trailers", `${chunked}0\r\nConnection: close\r\n\r\n`, TRAILER],
    ["CR in an extension", `${chunked}3;a\rb\r\nabc\r\n0\r\n\r\n`, SIZE],
    [
      "a chunk that is longer than its size",
      `${chunked}3\r\nabcd\r\n0\r\n\r\n`,
      "a chunk is longer than its size",
    ],
    [
      "LF behind a chunk",
      `${chunked}3\r\nabc\n0\r\n\r\n`,
      "a line of a body in chunks does not end with CRLF",
    ],
    ["a trailer that is none", `${chunked}0\r\nA b\r\n\r\n`, HEAD],
    ["LF behind a trailer", `${chunked}0\r\nA: b\n\r\n`, "a line of a body in chunks does not end with CRLF"],
    ["an end in the head", `${OK}Content-Len<FIN>`, CUT],
    ["an end in the body", `${OK}Content-Length: 5\r\n\r\nhell<FIN>`, CUT],
    ["an end in a chunk", `${chunked}5\r\nhell<FIN>`, CUT],
    ["an end in front of the last chunk", `${chunked}4\r\nhell\r\n<FIN>`, CUT],
    ["an end in the trailers", `${chunked}0\r\n<FIN>`, CUT],
    ["an end without a response", "<FIN>", CUT],
    ["an end behind an interim response", "HTTP/1.1 100 Continue\r\n\r\n<FIN>", CUT],
  ])("%s", (_what, response, problem) => {
    for (const [pieces, pauses] of waysOf(response)) {
      const { seen, ...connection } = outcomeOf(pieces, { pauses });
      expect(seen.endsWith(` ${problem}`) ? problem : seen).toBe(problem);
      expect(seen).not.toContain("<end>");
      expect(connection).toEqual(ENDED);
    }
  });

  it.each([
    ["a head", `HTTP/1.1 200 OK\r\nA: ${"a".repeat(17_000)}`, "the head is too long"],
    ["an interim head", `HTTP/1.1 103 Hints\r\nA: ${"a".repeat(17_000)}`, "the head is too long"],
    ["a chunk's extension", `${chunked}1;${"a".repeat(17_000)}`, "the framing of a chunk is too long"],
    ["trailers", `${chunked}0\r\n${"A: b\r\n".repeat(3_000)}`, "the framing of a chunk is too long"],
  ])("%s without an<end>", (_what, response, problem) => {
    const whole = Buffer.from(response);
    const halves = [whole.subarray(0, 9_000), whole.subarray(9_000)];
    for (const pieces of [[whole], halves])
      expect(outcomeOf(pieces)).toMatchObject({ seen: expect.stringContaining(problem), ...ENDED });
  });
});

it("whatever bytes come, an exchange ends at most once, and in the same way however they are cut", () => {
  const responses = [
    `${OK}Content-Length: 5\r\n\r\nhello`,
    `${OK}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0002;a="b\\"c;"\r\nde\r\n0\r\nX: y\r\n\r\n`,
    `HTTP/1.1 103 Early\r\nLink: x\r\n\r\n${OK}A:\t b \r\nB:\r\ncontent-length: 1\r\n\r\nx`,
    `${OK}\r\nbody`,
    "HTTP/1.0 200\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n",
  ];
  const parts = [
    "\r",
    "\n",
    " ",
    ":",
    ";",
    "0",
    "\0",
    "\xff",
    '"',
    "+1",
    "1e1",
    "0x1",
    "Content-Length: 3\r\n",
  ];
  parts.push("Transfer-Encoding: chunked\r\n", "Connection: close\r\n", "HTTP/1.1 100 x\r\n\r\n");
  let seed = 7;
  const below = (limit: number) => (seed = (seed * 48_271) % 2_147_483_647) % limit;
  for (let i = 0; i < 2_000; i++) {
    let text = responses[i % responses.length] as string;
    for (let changes = 1 + below(3); changes > 0; changes--) {
      const at = below(text.length + 1);
      text =
        text.slice(0, at) + (below(3) === 0 ? "" : parts[below(parts.length)]) + text.slice(at + below(3));
    }
    const bytes = Buffer.from(text, "latin1");
    const cut = 1 + below(Math.max(1, bytes.length - 1));
    const ways = [
      [bytes],
      [bytes.subarray(0, cut), bytes.subarray(cut)],
      Array.from(bytes, (byte) => Buffer.of(byte)),
    ];
    const [whole, ...others] = ways.map((pieces) => outcomeOf([...pieces, "FIN"]));
    const shown = ({ seen, ...connection }: Outcome) =>
      // What of a body came before it turned out to be wrong depends on the pieces.
      seen.includes("<end>") ? { seen, ...connection } : { why: seen.split(" ").at(-1), ...connection };
    for (const other of others) expect([text, shown(other)]).toEqual([text, shown(whole as Outcome)]);
    expect([text, (whole?.seen.match(/<end>/g) ?? []).length <= 1]).toEqual([text, true]);
  }
});

it("bytes that nobody asked for end an idle connection", () => {
  const socket = new FakeSocket();
  const connection = new Connection(
    socket as unknown as Socket,
    { released: () => undefined, closed: () => undefined },
    1,
  );
  connection.received(Buffer.from("HTTP/1.1 200 OK\r\n\r\n"), 19);
  expect({ isUsable: connection.isUsable, isDestroyed: socket.destroyed }).toEqual({
    isUsable: false,
    isDestroyed: true,
  });
});

it("an exchange that is aborted ends its connection, and its handler hears nothing more", () => {
  const socket = new FakeSocket();
  let closed = 0;
  const connection = new Connection(
    socket as unknown as Socket,
    { released: () => undefined, closed: () => closed++ },
    1,
  );
  const heard: string[] = [];
  const handler: Dispatcher.DispatchHandler = {
    onResponseStart: (controller) => {
      heard.push("start");
      controller.abort(new Error("aborted"));
    },
    onResponseData: () => void heard.push("data"),
    onResponseEnd: () => void heard.push("end"),
    onResponseError: () => void heard.push("error"),
  };
  const head = { text: "GET / HTTP/1.1\r\n\r\n", isLast: false };
  connection.send(new Exchange(head, { method: "GET", body: undefined }, handler, () => undefined));
  const response = Buffer.from(`${OK}Content-Length: 2\r\n\r\nhi`);
  connection.received(response, response.length);
  socket.emit("close");
  expect({ heard, closed, isDestroyed: socket.destroyed }).toEqual({
    heard: ["start"],
    closed: 1,
    isDestroyed: true,
  });
});

describe("the memory of a large body", () => {
  /** A body in chunks that are used again, and whether they were given back. */
  class WatchedBody extends BodyParts {
    isGivenBack = false;
    override sent(): void {
      this.isGivenBack = true;
      super.sent();
    }
  }
  const nothing = () => undefined;

  it.each<[string, Error | undefined, boolean]>([
    ["is given back once the kernel has taken the last of it", undefined, true],
    ["is left to the collector where a write fails: something may still read it", new Error("EPIPE"), false],
  ])("%s", (_what, error, isGivenBack) => {
    const socket = new FakeSocket();
    const connection = new Connection(
      socket as unknown as Socket,
      { released: nothing, closed: nothing },
      4_000,
    );
    const body = new WatchedBody();
    const sent = Buffer.alloc(300_000, "0123456789");
    body.add(sent, 0, sent.length);
    const head = { text: "POST / HTTP/1.1\r\n\r\n", isLast: false };
    connection.send(new Exchange(head, { method: "POST", body }, {}, nothing));
    // An upstream may respond before it has read the body, which is on its way.
    const response = Buffer.from("HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n");
    connection.received(response, response.length);
    expect([socket.written.slice(1).join("") === sent.toString("latin1"), body.isGivenBack]).toEqual([
      true,
      false,
    ]);
    for (const callback of socket.callbacks) callback(error);
    expect([socket.callbacks.length, body.isGivenBack]).toEqual([1, isGivenBack]);
  });
});
