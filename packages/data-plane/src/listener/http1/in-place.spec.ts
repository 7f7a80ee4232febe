import { once } from "node:events";
import { type AddressInfo, connect, createServer, Socket, type SocketConstructorOpts } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { InPlace, takeBytes } from "./in-place.ts";

/** A connection as its server has accepted it, its client, and when the server knows of no connection any more. */
async function accepted() {
  const listening = createServer({ allowHalfOpen: true, pauseOnConnect: true }).listen(0, "127.0.0.1");
  await once(listening, "listening");
  const client = connect((listening.address() as AddressInfo).port, "127.0.0.1");
  onTestFinished(() => void client.destroy());
  const [server] = (await once(listening, "connection")) as [Socket];
  const closed = once(listening, "close");
  listening.close();
  return { server, client, closed };
}

it("this version of Node has what it takes to read accepted connections in place", async () => {
  const { server } = await accepted();
  const missing: string[] = [];
  const socket = new InPlace((why) => missing.push(why)).take(server);
  expect(socket).not.toBe(server);
  expect(missing).toEqual([]);
  socket.destroy();
});

it.each([
  [
    "has no such handles",
    (server: Socket) =>
      Object.assign((server as unknown as { _handle: object })._handle, { useUserBuffer: 1 }),
    undefined,
    "handles take no buffer",
  ],
  [
    "makes no such sockets",
    () => undefined,
    () => {
      throw new Error("an option is not known");
    },
    "Error: an option is not known",
  ],
  [
    "does not use the buffer",
    () => undefined,
    ({ handle }: SocketConstructorOpts & { handle?: unknown }) =>
      new Socket({ handle, allowHalfOpen: true } as SocketConstructorOpts),
    "sockets do not use the buffer that they are given",
  ],
])("where a Node %s, connections are read as streams, and that is said once", async (...given) => {
  const [, prepare, newSocket, why] = given;
  const missing: string[] = [];
  const inPlace = new InPlace((reason) => missing.push(reason), newSocket);
  for (const text of ["one", "two"]) {
    const { server, client, closed } = await accepted();
    prepare(server);
    const socket = inPlace.take(server);
    let got = "";
    takeBytes(socket, {
      received(buffer, bytes) {
        got += buffer.toString("latin1", 0, bytes);
        return true;
      },
      room: () => undefined,
    }).begin();
    client.write(text);
    await expect.poll(() => got).toBe(text);
    socket.destroy();
    await closed;
  }
  expect(missing).toEqual([why]);
});

it("what comes is read as a stream until somebody takes it, then in place, and then as a stream again", async () => {
  const { server, client: sender, closed } = await accepted();
  const socket = new InPlace(() => undefined).take(server);
  sender.write("one");
  await once(socket, "readable");
  let got = "";
  let isEnough = true;
  const taken = takeBytes(socket, {
    received(buffer, bytes) {
      got += buffer.toString("latin1", 0, bytes);
      return isEnough;
    },
    room: () => undefined,
  });
  taken.begin();
  expect(got).toBe("one");
  isEnough = false;
  sender.write("two");
  await expect.poll(() => got).toBe("onetwo");
  sender.write("three");
  isEnough = true;
  taken.goOn();
  await expect.poll(() => got).toBe("onetwothree");
  taken.leave();
  sender.write("four");
  socket.on("data", (chunk: Buffer) => (got += String(chunk)));
  await expect.poll(() => got).toBe("onetwothreefour");
  sender.end();
  await once(socket, "end");
  socket.end("bye");
  const [bye] = (await once(sender, "data")) as [Buffer];
  expect(String(bye)).toBe("bye");
  // The server has counted it: it is closed only now.
  socket.destroy();
  await closed;
});

it("what had arrived may be enough for now: nothing more is taken until the reader goes on", async () => {
  const { server, client: sender } = await accepted();
  const socket = new InPlace(() => undefined).take(server);
  sender.write("one");
  await once(socket, "readable");
  let got = "";
  const taken = takeBytes(socket, {
    received(buffer, bytes) {
      got += buffer.toString("latin1", 0, bytes);
      return got.length > 3;
    },
    room: () => undefined,
  });
  taken.begin();
  sender.write("two");
  await new Promise((sent) => sender.write("three", sent));
  // A round trip of another connection: what was sent before would have been taken.
  (await accepted()).server.destroy();
  expect(got).toBe("one");
  taken.goOn();
  await expect.poll(() => got).toBe("onetwothree");
  sender.write("four");
  await expect.poll(() => got).toBe("onetwothreefour");
  expect(socket.isPaused()).toBe(false);
  socket.destroy();
});

it("what comes is read to where its reader has room for it, from the next read on, and else to what all share", async () => {
  const { server, client: sender } = await accepted();
  const socket = new InPlace(() => undefined).take(server);
  const room = Buffer.alloc(3);
  const [got, rooms]: [string[], (Buffer | undefined)[]] = [[], [room, room, undefined, undefined]];
  const buffers: Buffer[] = [];
  takeBytes(socket, {
    received(buffer, bytes) {
      buffers.push(buffer);
      got.push(buffer.toString("latin1", 0, bytes));
      return true;
    },
    room: () => rooms.shift(),
  }).begin();
  sender.write("a");
  await expect.poll(() => got).toEqual(["a"]);
  sender.write("bcdefgh");
  await expect.poll(() => got).toEqual(["a", "bcd", "efg", "h"]);
  expect(buffers.map((buffer) => buffer === room)).toEqual([false, true, true, false]);
  socket.destroy();
});
