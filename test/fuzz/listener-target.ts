import { connect } from "node:net";
import fc from "fast-check";
import type { Call } from "@tollgate/pipeline";
import { HTTP1_READERS } from "../../packages/data-plane/src/listener/http1/http1-readers.ts";
import { bodyOf, startOneRoute } from "../../packages/data-plane/src/listener/one-route.fixture.ts";
import { bodyText, chunks, fields, wrongOf } from "./http1-messages.ts";

/** Both end the connection behind this request; only where they take it for something else, they may wait for more. */
const LAST = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
/** So long nothing came: what looks different after the first may only have been late. */
const QUIET_MS = [15, 300, 5_000];

const method = fc.constantFrom("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS", "PATCH");
const target = fc.constantFrom(
  "/",
  "/a?b=c&d=%20",
  "/unread",
  "/empty",
  "/none",
  "/stream",
  "/stream/sized",
  "/large",
  "/bytes",
  "/closes",
  "http://other.example/a",
  "*",
);
const line = fc
  .tuple(method, target, fc.constantFrom(" HTTP/1.1", " HTTP/1.1", " HTTP/1.1", " HTTP/1.0"))
  .map(([name, path, version]) => `${name} ${path}${version}\r\nHost: a\r\n`);
const connection = fc.constantFrom(
  "",
  "",
  "",
  "Connection: close\r\n",
  "Connection: keep-alive\r\n",
  "Connection: x, Keep-Alive\r\n",
  "Connection: Upgrade\r\nUpgrade: other\r\n",
  "Expect: 100-continue\r\n",
);
const framed = fc.oneof(
  fc.constant("\r\n"),
  bodyText.map((text) => `Content-Length: ${text.length}\r\n\r\n${text}`),
  fc
    .tuple(chunks, fc.constantFrom("", "X-Trailer: 1\r\n"))
    .map(([all, trailers]) => `Transfer-Encoding: chunked\r\n\r\n${all}0\r\n${trailers}\r\n`),
);
const request = fc
  .tuple(fc.constantFrom("", "", "\r\n"), line, fields, connection, framed)
  // HTTP/1.0 has no chunks.
  .map((parts) => parts.join(""))
  .filter((text) => !(text.includes(" HTTP/1.0\r\n") && text.includes("Transfer-Encoding:")));
const rightRequests = fc.array(request, { minLength: 1, maxLength: 3 }).map((all) => all.join(""));
const wrongRequests = wrongOf(rightRequests);

/** A conversation that is cut in pieces at these places. */
const cutAt = (text: string, places: readonly number[]): string[] => {
  const cuts = [...new Set(places.map((place) => place % (text.length + 1)))].sort((a, b) => a - b);
  return [0, ...cuts]
    .map((from, i) => text.slice(from, cuts[i] ?? text.length))
    .filter((piece) => piece !== "");
};

/** What a route does with its calls: by their path, what responses may look like. */
async function integrate(call: Call) {
  const { url, exchange } = call;
  if (url.startsWith("/unread")) return { status: 200, headers: [], body: "unread" };
  const body = await bodyOf(call);
  if (url.startsWith("/empty")) return { status: 204, headers: [], body: undefined };
  if (url.startsWith("/none")) return { status: 304, headers: ["ETag", "a"], body: undefined };
  if (url.startsWith("/large")) return { status: 200, headers: [], body: Buffer.alloc(100_000, "x") };
  if (url.startsWith("/bytes"))
    return { status: 200, headers: ["X", "\xe4"], body: Buffer.from("\xe4\u20ac") };
  if (url.startsWith("/closes")) return { status: 400, headers: ["Connection", "close"], body: "bye" };
  if (url.startsWith("/stream")) {
    exchange.start(200, "Well", ["X", "y"], url.endsWith("sized") ? 70_000 : undefined);
    for (let i = 0; i < 7; i++) exchange.write(Buffer.alloc(10_000, `${i}`));
    exchange.end();
    return undefined;
  }
  return {
    status: 200,
    headers: ["X-Text", "\xe4"],
    body: JSON.stringify([call.method, url, call.host, call.protocol, call.headers, body]),
  };
}

interface Outcome {
  /** What the client got, without what depends on the time and on ids. */
  readonly got: string;
  readonly isClosed: boolean;
  /** What was parsed. */
  readonly calls: readonly string[];
}

const withoutTimes = (text: string) =>
  text.replaceAll(/^(?:Date|x-amzn-RequestId|x-amz-apigw-id|x-amzn-ErrorType): [^\r]*\r\n/gim, "");

function converse(port: number, pieces: readonly string[], quietMs: number): Promise<Omit<Outcome, "calls">> {
  const { promise, resolve } = Promise.withResolvers<Omit<Outcome, "calls">>();
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let got = "";
  const over = (isClosed: boolean) => {
    socket.destroy();
    resolve({ got: withoutTimes(got), isClosed });
  };
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => (got += chunk.toString("latin1")));
  socket.on("end", () => over(true)).on("close", () => over(true));
  socket.setNoDelay();
  const [first = "", ...others] = pieces;
  socket.write(first, "latin1");
  const next = () => {
    const piece = others.shift();
    if (piece === undefined) socket.setTimeout(quietMs, () => over(false));
    else socket.write(piece, "latin1", () => setImmediate(next));
  };
  socket.once("connect", () => setImmediate(next));
  return promise;
}

/** A client that sends on behind its last request may lose the end of the response: the system resets connections with bytes that nobody read. */
const isCutOff = (own: Outcome, node: Outcome): boolean =>
  own.isClosed &&
  node.isClosed &&
  !own.calls.some((call) => call.includes('"/last"')) &&
  (own.got.startsWith(node.got) || node.got.startsWith(own.got));

const withoutPersistence = (text: string) => text.replaceAll(/^(?:Connection|Keep-Alive): [^\r]*\r\n/gm, "");

/** Where a client asks for both, the own one ends the connection, as RFC 9112 9.3 has it, and Node keeps it: it says so, and nothing else differs up to there. */
const isEndedBefore = (own: Outcome, node: Outcome): boolean =>
  /(?:^|\r\n)Connection: close\r\n/.test(own.got.slice(own.got.lastIndexOf("HTTP/1.1 "))) &&
  withoutPersistence(node.got).startsWith(withoutPersistence(own.got));

/** What both make of the same, where the own one may refuse what Node takes: it says so, ends the connection, and has done nothing that Node has not. */
function isAlike(own: Outcome, node: Outcome, mayRefuse: boolean): boolean {
  const isSame = own.got === node.got && own.isClosed === node.isClosed;
  if (`${own.calls}` === `${node.calls}` && (isSame || isCutOff(own, node))) return true;
  if (!mayRefuse || !own.isClosed || !node.calls.join("").startsWith(own.calls.join(""))) return false;
  if (isEndedBefore(own, node)) return true;
  const refusal = own.got.lastIndexOf("HTTP/1.1 ");
  // It may have asked for the body before it has seen what is wrong with it: it reads whole lines.
  const before = own.got.slice(0, refusal).replace(/HTTP\/1\.1 100 Continue\r\n\r\n$/, "");
  return /^HTTP\/1\.1 [45]/.test(own.got.slice(refusal)) && node.got.startsWith(before);
}

/**
 * listenerTarget compares the gateway's own HTTP/1.1 with Node's: what both read of any bytes, however they arrive, is the same, and so is what they write;
 * or the own one refuses it.
 */
export const listenerTarget = {
  name: "requests of clients",
  runs: async (count: number): Promise<void> => {
    let calls: string[] = [];
    const started = await Promise.all(
      HTTP1_READERS.map((http1Reader) =>
        startOneRoute({ http1Reader }, async (call) => {
          const own = calls;
          const at = own.push("") - 1;
          const reply = await integrate(call);
          own[at] = JSON.stringify([call.method, call.url, call.headers, call.requestBytes]);
          return reply;
        }),
      ),
    );
    const outcomesOf = async (pieces: readonly string[], quietMs: number) => {
      const outcomes: Outcome[] = [];
      for (const { listener } of started) {
        calls = [];
        outcomes.push({ ...(await converse(listener.ports.http, pieces, quietMs)), calls });
      }
      return outcomes as [Outcome, Outcome];
    };
    const sameWhere = (requests: fc.Arbitrary<string>, mayRefuse: boolean) =>
      fc.assert(
        fc.asyncProperty(requests, fc.array(fc.nat(), { maxLength: 4 }), async (text, places) => {
          const pieces = cutAt(text + LAST, places);
          let seen: unknown;
          for (const quietMs of mayRefuse ? QUIET_MS : QUIET_MS.slice(-1)) {
            const [own, node] = await outcomesOf(pieces, quietMs);
            if (isAlike(own, node, mayRefuse)) return;
            seen = { own, node };
          }
          throw new Error(`${JSON.stringify(pieces)}: ${JSON.stringify(seen, undefined, 1)}`);
        }),
        { numRuns: Math.ceil(count / 2) },
      );
    try {
      await sameWhere(rightRequests, false);
      await sameWhere(wrongRequests, true);
    } finally {
      await Promise.all(started.map(({ listener }) => listener.drain(0)));
    }
  },
};
