import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ignoreInterimResponses } from "./interim-responses.ts";

const FINAL = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const HINTS = "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n";

let port = 0;
let upstream: Promise<Socket>;
const server = createServer();
beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.close();
});

/** What a reader sees of pieces that an upstream sends after a request, each once the one before was read. */
async function readOf(pieces: readonly string[], request = "GET / HTTP/1.1\r\n\r\n"): Promise<string> {
  upstream = once(server, "connection").then(([socket]) => socket as Socket);
  const socket = connect(port, "127.0.0.1");
  await once(socket, "connect");
  ignoreInterimResponses(socket);
  const other = (await upstream).setNoDelay(true);
  if (request !== "") socket.write(request, "latin1");
  let received = "";
  let seen = 0;
  let progressed = Promise.withResolvers<void>();
  socket.on("readable", () => {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null)
      received += chunk.toString("latin1");
    seen = socket.bytesRead;
    progressed.resolve();
  });
  let sent = 0;
  for (const piece of pieces) {
    other.write(piece, "latin1");
    sent += piece.length;
    while (seen < sent) {
      await progressed.promise;
      progressed = Promise.withResolvers();
    }
  }
  socket.destroy();
  other.destroy();
  return received;
}

describe("what is read of a response", () => {
  it.each([
    ["nothing else than it", [FINAL], FINAL],
    ["it behind 100", [CONTINUE, FINAL], FINAL],
    ["it behind 100 that comes together with it", [CONTINUE + FINAL], FINAL],
    ["it behind several", [CONTINUE + HINTS, CONTINUE, HINTS + FINAL], FINAL],
    ["it behind 100 in pieces", ["H", "TTP/1.1 1", "00 Con", "tinue\r\n\r", `\n${FINAL}`], FINAL],
    ["it in pieces", ["HTTP/1.", "1 200 OK\r\nContent-Length: 5\r\n\r\nhello"], FINAL],
    ["a body that looks like one", [`${FINAL.slice(0, -5)}`, CONTINUE], FINAL.slice(0, -5) + CONTINUE],
    ["101, for the parser to refuse", ["HTTP/1.1 101 Switching\r\n\r\n"], "HTTP/1.1 101 Switching\r\n\r\n"],
    ["no response at all, as it is", ["SSH-2.0-x\r\n"], "SSH-2.0-x\r\n"],
    ["nothing of one that is never complete", ["HTTP/1.1 100 Continue\r\n"], ""],
  ])("is %s", async (_what, pieces, wanted) => {
    expect(await readOf(pieces)).toBe(wanted);
  });

  it("is everything of one that has no end: the parser refuses it", async () => {
    const head = `HTTP/1.1 100 Continue\r\nX: ${"x".repeat(20_000)}`;
    expect(await readOf([head])).toBe(head);
  });

  it("is everything that nobody asked for", async () => {
    expect(await readOf([CONTINUE], "")).toBe(CONTINUE);
  });
});
