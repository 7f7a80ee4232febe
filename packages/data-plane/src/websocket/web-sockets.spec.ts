import { beforeEach, describe, expect, it } from "vitest";
import type { WebSocketClient } from "./web-socket-client.ts";
import { HELD_MAX_BYTES, stagesOf, type World, world } from "./web-sockets.fixture.ts";

const MINUTE = 60_000;

let now: World;
beforeEach(() => {
  now = world();
});

describe("connections of a worker", () => {
  it.each<[string, (open: ReturnType<World["open"]>) => void]>([
    ["without messages", () => undefined],
    ["whose messages are long ago", ({ client }) => now.webSockets.received(client, Buffer.from("x"))],
  ])("%s end after 10 minutes", (_what, first) => {
    const one = now.open();
    first(one);
    now.pass(10 * MINUTE - 1);
    expect(one.socket.closedWith).toBeUndefined();
    now.pass(1);
    expect(one.socket.closedWith).toEqual([1001, "Going away"]);
  });

  it.each<[string, (one: ReturnType<World["open"]>) => void]>([
    ["of their clients", ({ client }) => now.webSockets.received(client, Buffer.from("x"))],
    [
      "of backends",
      ({ address }) => void now.webSockets.order(address, { type: "post", message: Buffer.from("x") }),
    ],
  ])("end after 2 hours, whatever messages %s come", (_whose, keepAlive) => {
    const one = now.open();
    for (let minute = 5; minute < 120; minute += 5) {
      now.pass(5 * MINUTE);
      keepAlive(one);
    }
    expect(one.socket.closedWith).toBeUndefined();
    now.pass(5 * MINUTE - 1);
    expect(one.socket.closedWith).toBeUndefined();
    now.pass(1);
    expect(one.socket.closedWith).toEqual([1001, "Going away"]);
  });

  it("have each minute recorded when it begins, together", () => {
    const one = now.open();
    now.open();
    now.pass(1);
    expect(now.recorded).toEqual([2]);
    now.pass(MINUTE - 1);
    expect(now.recorded).toEqual([2]);
    now.pass(1);
    expect(now.recorded).toEqual([2, 2]);
    now.webSockets.closed(one.client, 1000, "");
    now.webSockets.closed(one.client, 1000, "");
    expect(now.recorded).toEqual([2, 2]);
    const short = now.open();
    now.webSockets.closed(short.client, 1000, "");
    expect(now.recorded).toEqual([2, 2, 1]);
  });

  it("have said until when their minutes are recorded, and take that back if they could not be", () => {
    now.open();
    now.pass(1_000);
    const first = now.nowMs();
    now.diskFull(true);
    now.pass(MINUTE);
    expect(now.told).toEqual([first, first + MINUTE, first]);
    expect(now.recorded).toEqual([]);
    now.diskFull(false);
    now.pass(1);
    expect(now.told.at(-1)).toBe(first + MINUTE + 1);
    expect(now.recorded).toEqual([1]);
  });

  it("have their last minute recorded once it is said that nobody else has to", () => {
    const { client } = now.open();
    now.nodeAway();
    now.webSockets.closed(client, 1000, "");
    expect(now.recorded).toEqual([]);
    now.nodeBack();
    expect(now.recorded).toEqual([1]);
  });

  it("have their last minute recorded when the time to drain is over before", async () => {
    const { client } = now.open();
    now.nodeAway();
    now.webSockets.closed(client, 1000, "");
    await now.webSockets.drain(0);
    expect(now.recorded).toEqual([1]);
  });

  it("are reported to $disconnect once", async () => {
    const { client } = now.open();
    now.webSockets.closed(client, 1005, "");
    now.webSockets.closed(client, 1005, "");
    await now.turnEnded();
    expect(now.observed).toEqual(["$disconnect"]);
  });

  it("are reported to $disconnect only once the node knows who does that", async () => {
    const { client } = now.open();
    now.nodeAway();
    now.webSockets.closed(client, 1005, "");
    await now.turnEnded();
    expect(now.told).toEqual([client.connection.id]);
    expect(now.observed).toEqual([]);
    now.nodeBack();
    await now.turnEnded();
    expect(now.observed).toEqual(["$disconnect"]);
  });

  it("are no calls any more, whether their API has a route for their end or is gone", async () => {
    for (const keys of [["$default", "$disconnect"], ["$default"], []]) {
      const { client } = now.open();
      const stages = keys.length > 0 ? stagesOf(keys).stages : new Map();
      now.router.generation = { stages, domains: new Map() };
      now.webSockets.closed(client, 1005, "");
      await now.turnEnded();
      expect(now.listener.callsInFlight).toBe(0);
    }
  });

  it("end with their stage, at the next look", () => {
    const { socket } = now.open();
    now.router.generation = { stages: new Map(), domains: new Map() };
    now.pass(1_000);
    expect(socket.closedWith).toEqual([1001, "Going away"]);
  });

  it("have the minute that has begun recorded also where their stage is gone", () => {
    const { client } = now.open();
    now.router.generation = { stages: new Map(), domains: new Map() };
    now.pass(MINUTE);
    now.webSockets.closed(client, 1001, "Going away");
    expect(now.recorded).toEqual([1]);
    const late = now.open();
    now.pass(MINUTE + 1);
    now.webSockets.closed(late.client, 1001, "Going away");
    expect(now.recorded).toEqual([1, 2]);
  });

  it("of a worker that has ended are reported by another, and the rest of their minutes is recorded", async () => {
    const { client } = now.open();
    const { record } = client.connection;
    const { connectedAtUnixMs } = record;
    const orphanOf = (id: string, countedMs: number, endedMs: number) => ({
      connection: { ...record, id },
      countedUnixMs: connectedAtUnixMs + countedMs,
      endedUnixMs: connectedAtUnixMs + endedMs,
    });
    const over = now.webSockets.orphaned([
      orphanOf("all counted", 1_000, 59_000),
      orphanOf("one more", 59_000, 61_000),
      orphanOf("never counted", -1, 0),
      orphanOf("two hours", 0, 120 * MINUTE),
    ]);
    await over;
    await now.turnEnded();
    expect(now.told).toEqual(["all counted", "one more", "never counted", "two hours"]);
    expect(now.observed).toEqual(Array.from({ length: 4 }, () => "$disconnect"));
    expect(now.recorded).toEqual([1 + 1 + 119]);
  });

  it("of a worker that had very many are reported a part at a time, so that those left are not lost with this worker", async () => {
    const { record } = now.open().client.connection;
    const orphans = Array.from({ length: 1_000 }, (_, i) => ({
      connection: { ...record, id: String(i) },
      countedUnixMs: record.connectedAtUnixMs,
      endedUnixMs: record.connectedAtUnixMs,
    }));
    now.nodeAway();
    const over = now.webSockets.orphaned(orphans);
    await now.turnEnded();
    expect(now.told.length).toBe(256);
    now.nodeBack();
    await over;
    expect(new Set(now.told).size).toBe(1_000);
    expect(now.observed.length).toBe(1_000);
  });

  it("take orders for their own API and stage while they are open", () => {
    const { address, socket } = now.open();
    const get = { type: "get" } as const;
    expect(now.webSockets.order(address, get)).toMatchObject({
      status: { sourceIp: "192.0.2.1", userAgent: "spec" },
    });
    expect(now.webSockets.order({ ...address, stageName: "other" }, get)).toBeUndefined();
    expect(now.webSockets.order({ ...address, apiId: "other00001" }, get)).toBeUndefined();
    expect(now.webSockets.order({ ...address, connectionId: "ownertagAAAAAAA=" }, get)).toBeUndefined();
    now.webSockets.order(address, { type: "delete" });
    expect(socket.closedWith).toEqual([1000, "Connection Closed Normally"]);
    expect(now.webSockets.order(address, get)).toBeUndefined();
  });

  it("send what backends post in one turn together", async () => {
    const { address, socket } = now.open();
    const post = { type: "post", message: Buffer.from("x") } as const;
    for (let i = 0; i < 3; i++) now.webSockets.order(address, post);
    expect([socket.corked, socket.sent.length]).toEqual([["cork"], 3]);
    await now.turnEnded();
    expect(socket.corked).toEqual(["cork", "uncork"]);
    now.webSockets.order(address, post);
    // So much is not kept until the end of the turn: a client that reads it would be taken for one that does not.
    socket.bufferedAmount = 64 * 1024 + 1;
    now.webSockets.order(address, post);
    expect(socket.corked).toEqual(["cork", "uncork", "cork", "uncork"]);
    await now.turnEnded();
    expect(socket.corked).toHaveLength(4);
  });

  it("of a client that does not read are cut", () => {
    const { address, socket } = now.open();
    const post = { type: "post", message: Buffer.from("x") } as const;
    socket.bufferedAmount = 1024 * 1024;
    now.webSockets.order(address, post);
    expect(socket.isCut).toBe(false);
    socket.bufferedAmount++;
    expect(now.webSockets.order(address, post)).toBeUndefined();
    expect(socket.isCut).toBe(true);
  });

  it("of clients that together leave too much unread are cut, those with the most first", () => {
    const MB = 1024 * 1024;
    const all = Array.from({ length: 80 }, (_, i) => {
      const { socket } = now.open();
      socket.bufferedAmount = i < 40 ? MB : i < 78 ? MB / 2 : 0;
      return socket;
    });
    now.pass(1_000);
    expect(all.filter(({ isCut }) => isCut)).toEqual([]);
    for (const socket of all.slice(40, 52)) socket.bufferedAmount = MB;
    now.pass(1_000);
    const cut = all.flatMap(({ isCut }, i) => (isCut ? [i] : []));
    expect(cut).toEqual(Array.from({ length: 33 }, (_, i) => i));
  });

  it("refuse messages for which there is no memory", async () => {
    const { client, socket } = now.open();
    const message = Buffer.alloc(128 * 1024, "x");
    for (let i = 0; i < 8; i++) now.webSockets.received(client, message);
    await now.turnEnded();
    expect(socket.sent.map(({ message: text }) => /"message": "([^"]+)"/.exec(text)?.[1] ?? text)).toEqual([
      ...Array.from({ length: 6 }, () => "MESSAGE"),
      "Service Unavailable",
      "MESSAGE",
    ]);
    now.webSockets.received(client, message);
    await now.turnEnded();
    expect(socket.sent.at(-1)?.message).toBe("MESSAGE");
  });

  it("of a client that sends faster than it is answered are not read until it is answered", async () => {
    const { client, socket } = now.open();
    for (let i = 0; i < 16; i++) now.webSockets.received(client, Buffer.from("x"));
    expect(socket.isPaused).toBe(false);
    now.webSockets.received(client, Buffer.from("x"));
    expect(socket.isPaused).toBe(true);
    await now.turnEnded();
    await now.turnEnded();
    expect(socket.isPaused).toBe(false);
    expect(socket.sent).toHaveLength(17);
  });

  it("of a client that floods do not take the turns of the others", async () => {
    const [flooding, other] = [now.open(), now.open()];
    for (let i = 0; i < 8_000; i++) now.webSockets.received(flooding.client, Buffer.from("x"));
    now.webSockets.received(other.client, Buffer.from("x"));
    await now.turnEnded();
    expect(other.socket.sent).toHaveLength(1);
    expect(flooding.socket.sent.length).toBeLessThanOrEqual(48);
    expect(now.listener.callsInFlight).toBeLessThanOrEqual(16);
    while (flooding.socket.isPaused) await now.turnEnded();
    await now.turnEnded();
    expect(flooding.socket.sent).toHaveLength(8_000);
    expect(now.listener.callsInFlight).toBe(0);
  });

  it("of hundreds of clients that flood take turns: another client's message is begun at once, beside at most eight of theirs", async () => {
    const send = (client: WebSocketClient) => now.webSockets.received(client, Buffer.from("x"));
    const flooding = Array.from({ length: 300 }, () => now.open());
    for (const { client } of flooding) for (let i = 0; i < 8; i++) send(client);
    await now.turnEnded();
    const sent = () => flooding.reduce((sum, { socket }) => sum + socket.sent.length, 0);
    for (let i = 0; i < 20; i++) {
      const [other, before] = [now.open(), sent()];
      send(other.client);
      await now.turnEnded();
      expect(other.socket.sent).toHaveLength(1);
      expect(sent() - before).toBeLessThanOrEqual(2 * 8); // in two turns
    }
    expect(new Set(flooding.slice(2).map(({ socket }) => socket.sent.length))).toEqual(new Set([2, 3]));
    while (sent() < 300 * 8) await now.turnEnded();
  });

  it("of a client that floods and leaves are all handled before its end is reported", async () => {
    const { client, socket } = now.open();
    for (let i = 0; i < 100; i++) now.webSockets.received(client, Buffer.from("x"));
    socket.readyState = 3;
    now.webSockets.closed(client, 1000, "");
    expect(now.observed).not.toContain("$disconnect");
    while (!now.observed.includes("$disconnect")) await now.turnEnded();
    expect(now.observed).toEqual([...Array.from({ length: 100 }, () => "$default"), "$disconnect"]);
  });

  it.each([
    ["large", 128 * 1024, 100],
    ["very many", 1, 20_000],
  ])(
    "of a client that floods are refused at once where there is no memory for what has to wait: %s",
    async (_how, bytes, count) => {
      const { client, socket } = now.open();
      const message = Buffer.alloc(bytes, "x");
      for (let i = 0; i < count; i++) now.webSockets.received(client, message);
      expect(now.listener.held.usedBytes).toBeLessThanOrEqual(HELD_MAX_BYTES);
      while (now.listener.callsInFlight > 0 || socket.isPaused) await now.turnEnded();
      expect(socket.sent).toHaveLength(count);
      expect(socket.sent.some(({ message: sent }) => sent.includes("Service Unavailable"))).toBe(true);
      expect(now.listener.held.usedBytes).toBe(0);
    },
  );

  it("end in a drain once what their clients sent is handled", async () => {
    const { client } = now.open();
    for (let i = 0; i < 40; i++) now.webSockets.received(client, Buffer.from("x"));
    now.webSockets.closed(client, 1000, "");
    await now.webSockets.drain(10_000);
    expect(now.observed).toHaveLength(41);
  });

  it("get a refusal where the worker has too much to do, which is free", async () => {
    const { client, socket } = now.open();
    now.shed.add("192.0.2.1");
    now.webSockets.received(client, Buffer.from("x"));
    await now.turnEnded();
    expect(socket.sent.map(({ message }) => message)).toEqual([
      expect.stringMatching(/^\{"message": "Service Unavailable", "connectionId":/),
    ]);
    now.shed.clear();
    now.webSockets.received(client, Buffer.from("x"));
    await now.turnEnded();
    expect(socket.sent.at(-1)?.message).toBe("MESSAGE");
  });

  it("that are closed while they are not read are read again, for the close of their client", async () => {
    const { client, address, socket } = now.open();
    for (let i = 0; i < 64; i++) now.webSockets.received(client, Buffer.from("x"));
    now.webSockets.order(address, { type: "delete" });
    expect(socket.isPaused).toBe(true);
    while (socket.isPaused) await now.turnEnded();
    await now.turnEnded();
    expect(now.listener.callsInFlight).toBe(0);
  });

  it("get large messages in frames of 32 KB", () => {
    const { client, socket } = now.open();
    client.send("x".repeat(32 * 1024));
    client.send("x".repeat(32 * 1024 + 1));
    expect(socket.sent.map(({ message, fin }) => [message.length, fin])).toEqual([
      [32 * 1024, true],
      [32 * 1024, false],
      [1, true],
    ]);
  });

  it("end in a drain, and their APIs are informed before it is over", async () => {
    const sockets = [now.open(), now.open()];
    const drained = now.webSockets.drain(10_000);
    expect(sockets.map(({ socket }) => socket.closedWith)).toEqual([
      [1001, "Going away"],
      [1001, "Going away"],
    ]);
    for (const { client } of sockets) now.webSockets.closed(client, 1001, "Going away");
    await drained;
    expect(now.observed).toEqual(["$disconnect", "$disconnect"]);
    const late = now.open();
    expect(late.socket.isCut).toBe(true);
  });
});
