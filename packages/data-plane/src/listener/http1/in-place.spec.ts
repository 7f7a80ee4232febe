import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { expect, it, onTestFinished } from "vitest";
import { readInPlace, takeBytes } from "./in-place.ts";

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
  const socket = readInPlace(server);
  expect(socket).not.toBe(server);
  socket.destroy();
});

it("what comes is read as a stream until somebody takes it, then in place, and then as a stream again", async () => {
  const { server, client: sender, closed } = await accepted();
  const socket = readInPlace(server);
  sender.write("one");
  await once(socket, "readable");
  let got = "";
  let isEnough = true;
  const taken = takeBytes(socket, {
    received(buffer, bytes) {
      got += buffer.toString("latin1", 0, bytes);
      return isEnough;
    },
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
