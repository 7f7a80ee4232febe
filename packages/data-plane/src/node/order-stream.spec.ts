import { EventEmitter } from "node:events";
import { expect, it } from "vitest";
import { OrderStream } from "./order-stream.ts";

interface Sent {
  readonly orders: readonly {
    readonly number: number;
    readonly connectionId: string;
    readonly message: Buffer;
  }[];
}

/** The node's end of a stream to another one, which the test speaks for. */
class FakeStream extends EventEmitter {
  readonly sent: Sent[] = [];
  isEnded = false;
  isFull = false;

  write(message: Sent): boolean {
    this.sent.push(message);
    return !this.isFull;
  }

  end(): void {
    this.isEnded = true;
  }

  says(...outcomes: readonly { number: number; exists?: boolean; error?: string }[]): void {
    this.emit("data", {
      outcomes: outcomes.map((one) => ({ exists: true, error: "", apiKeyId: "", usagePlanId: "", ...one })),
    });
  }
}

function start() {
  const opened: FakeStream[] = [];
  let isClosed = false;
  const stream = new OrderStream(() => {
    if (isClosed) throw new Error("the client is closed");
    opened.push(new FakeStream());
    return opened.at(-1) as never;
  });
  const give = (connectionId: string, bytes = 1, timeoutMs = 5_000) =>
    stream
      .give(
        {
          address: { apiId: "chat000001", stageName: "live", connectionId },
          order: { type: "post", message: Buffer.alloc(bytes) },
        },
        timeoutMs,
      )
      .catch((error: Error) => error.message);
  const close = () => {
    isClosed = true;
    stream.close();
  };
  return { close, give, opened, turn: () => new Promise((resolve) => setImmediate(resolve)) };
}

it("orders of one turn are one message, and their outcomes come in any order", async () => {
  const { give, opened, turn } = start();
  const outcomes = [give("a"), give("b"), give("c")];
  await turn();
  const [only] = opened;
  expect(only?.sent.map(({ orders }) => orders.map((one) => one.connectionId))).toEqual([["a", "b", "c"]]);
  only?.says({ number: 3 }, { number: 2, exists: false });
  only?.says({ number: 1, error: "the worker is busy" });
  expect(await Promise.all(outcomes)).toEqual(["the worker is busy", null, {}]);
});

it("large messages of one turn are several", async () => {
  const { give, opened, turn } = start();
  for (let i = 0; i < 20; i++) void give(`${i}`, 128 * 1024);
  await turn();
  expect(opened[0]?.sent.map(({ orders }) => orders.length)).toEqual([8, 8, 4]);
});

it("an order that is not responded to in time fails alone", async () => {
  const { give, opened, turn } = start();
  const [late, other] = [give("a", 1, 1), give("b")];
  await turn();
  expect(await late).toBe("no response within 1 ms");
  opened[0]?.says({ number: 1 }, { number: 2 });
  expect(await other).toEqual({});
});

it("all orders of a stream that ends fail, and the next opens another one", async () => {
  const { give, opened, turn } = start();
  const lost = [give("a"), give("b")];
  await turn();
  opened[0]?.emit("error", new Error("the node is gone"));
  expect(await Promise.all(lost)).toEqual(["the node is gone", "the node is gone"]);
  const next = give("c");
  await turn();
  expect(opened).toHaveLength(2);
  // What the old one says now is about nothing.
  opened[0]?.emit("end");
  opened[1]?.says({ number: 3 });
  expect(await next).toEqual({});
});

it("an order that failed with a stream before it was sent is not sent by the next", async () => {
  const { give, opened, turn } = start();
  const sent = give("a");
  await turn();
  const unsent = give("b");
  opened[0]?.emit("error", new Error("the node is gone"));
  const next = give("c");
  expect(await Promise.all([sent, unsent])).toEqual(["the node is gone", "the node is gone"]);
  await turn();
  expect(opened[1]?.sent.map(({ orders }) => orders.map((one) => one.connectionId))).toEqual([["c"]]);
  opened[1]?.says({ number: 3 });
  expect(await next).toEqual({});
});

it("orders wait for a node that does not read, and those that are late by then are not sent", async () => {
  const { give, opened, turn } = start();
  void give("a");
  await turn();
  const [only] = opened as [FakeStream];
  only.isFull = true;
  void give("b");
  await turn();
  const late = give("c", 1, 1);
  void give("d");
  void give("e");
  expect(await late).toMatch(/no response/);
  only.isFull = false;
  only.emit("drain");
  expect(only.sent.map(({ orders }) => orders.map((one) => one.connectionId))).toEqual([
    ["a"],
    ["b"],
    ["d", "e"],
  ]);
  void give("f");
  await turn();
  expect(only.sent).toHaveLength(4);
});

it("closes its stream, and opens no other for what was given in the same turn or after", async () => {
  const { close, give, opened, turn } = start();
  const lost = [give("a")];
  await turn();
  lost.push(give("b"));
  close();
  await turn();
  lost.push(give("c"));
  expect(await Promise.all(lost)).toEqual([
    "the node is not a peer any more",
    "the node is not a peer any more",
    "the client is closed",
  ]);
  expect(opened.map(({ isEnded }) => isEnded)).toEqual([true]);
});
