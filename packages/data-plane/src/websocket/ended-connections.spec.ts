import { beforeEach, describe, expect, it } from "vitest";
import { type World, world } from "./web-sockets.fixture.ts";

let now: World;
beforeEach(() => {
  now = world();
});

describe("connections that have ended", () => {
  it("that are lost have what had arrived before handled, before their end is reported", async () => {
    const { client, socket } = now.open();
    socket.readyState = 2;
    for (let i = 0; i < 20; i++) now.webSockets.received(client, Buffer.from("x"));
    socket.readyState = 3;
    now.webSockets.closed(client, 1006, "");
    while (!now.observed.includes("$disconnect")) await now.turnEnded();
    expect(now.observed).toEqual([...Array.from({ length: 20 }, () => "$default"), "$disconnect"]);
  });

  it.each<[string, (one: ReturnType<World["open"]>) => void]>([
    ["closed", ({ address }) => void now.webSockets.order(address, { type: "delete" })],
    ["failed", ({ client }) => client.failed({ code: 1002, reason: "" })],
    ["cut", ({ client }) => client.cut()],
  ])("that the gateway has %s have nothing handled that comes afterwards", async (_how, end) => {
    const one = now.open();
    end(one);
    now.webSockets.received(one.client, Buffer.from("x"));
    await now.turnEnded();
    expect(now.observed).toEqual([]);
  });
});
