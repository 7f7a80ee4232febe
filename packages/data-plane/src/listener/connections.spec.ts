import type { ServerResponse } from "node:http";
import { Socket } from "node:net";
import { expect, it, onTestFinished, vi } from "vitest";
import type { ClientConnection } from "./client-connection.ts";
import type { ClientLimits } from "./client-limits.ts";
import type { ClientRequest } from "./client-stream.ts";
import type { Connection } from "./connection.ts";
import { Connections, sourceOf } from "./connections.ts";
import { HeldBytes } from "./held-bytes.ts";
import { StreamTurns } from "./stream-turns.ts";

it.each([
  ["192.0.2.1", "192.0.2.1"],
  ["::ffff:192.0.2.1", "192.0.2.1"],
  ["2001:db8:1:2:3:4:5:6", "2001:db8:1:2"],
  ["2001:db8:1:2::1", "2001:db8:1:2"],
  ["2001:db8::1", "2001:db8:0:0"],
  ["2001:db8:1:2:ffff::", "2001:db8:1:2"],
  ["::1", "0:0:0:0"],
  [undefined, ""],
])("the source of %s is %s", (address, source) => {
  expect(sourceOf(address)).toBe(source);
});

/** Connections of a worker that may open so many files, half of which are for clients. */
function ofFiles(files: number, perSource = 100) {
  const limits = { connections: 400, connectionsPerSource: perSource } as ClientLimits;
  const busy = { awaitsInvitation: false, heldBytes: 0, fail: () => false, release: () => undefined };
  const connections = new Connections(
    limits,
    () => busy,
    { held: new HeldBytes(0, () => undefined), streams: new StreamTurns(() => undefined) },
    files,
  );
  onTestFinished(() => connections.close());
  return {
    ended: connections.ended,
    busyBySource: () => Object.fromEntries(connections.busyBySource()),
    /** Opens one, busy or idle; undefined: it was refused. */
    open(address: string, isBusy: boolean): Socket | undefined {
      const socket = new Socket();
      const connection = connections.open(socket, address);
      const request = { complete: true } as ClientRequest;
      if (isBusy) connection?.take({ request, response: {} as ServerResponse, mustInvite: false });
      return connection && socket;
    },
    /** Opens one that goes on with another protocol. */
    upgrade: (address: string) => connections.open(new Socket(), address)?.upgraded(),
    /** Opens one on which so many requests are handled at the same time. */
    multiplex(address: string, busyWith: number): void {
      const connection = connections.open(new Socket(), address) as Connection;
      connections.replace(connection, { busyWith } as ClientConnection);
    },
    /** Opens one whose client has run out of time; `giveUp` ends it. */
    stall(address: string, giveUp: () => void): void {
      const socket = new Socket();
      const connection = connections.open(socket, address) as Connection;
      const progress = { measure: () => true };
      connections.replace(connection, { socket, awaited: "body", progress, giveUp } as never);
    },
  };
}

it.each([
  { files: 100_000, perSource: 100, most: 100, why: "its limit" },
  { files: 80, perSource: 100, most: 10, why: "a quarter of what the open files allow" },
  { files: 80, perSource: 5, most: 5, why: "its limit, where that is less" },
  { files: 80, perSource: 400, most: 40, why: "all, where it may have all" },
])("a source gets at most $most connections of $files files: $why", ({ files, perSource, most }) => {
  const { open, ended } = ofFiles(files, perSource);
  const opened = Array.from({ length: most + 1 }, () => open("192.0.2.1", true));
  expect(opened.filter(Boolean)).toHaveLength(most);
  expect(ended.too_many_of_source + ended.too_many).toBe(1);
});

it("where the largest source has no idle connection, those of others make room for a new one", () => {
  const { open, ended } = ofFiles(8);
  open("192.0.2.1", true);
  const idle = open("192.0.2.2", false);
  open("192.0.2.3", true);
  open("192.0.2.4", true);
  expect(open("192.0.2.5", true)).toBeDefined();
  expect(idle?.destroyed).toBe(true);
  expect(ended.evicted).toBe(1);
});

it("counts the requests of each source that are being handled", () => {
  const { open, upgrade, multiplex, busyBySource } = ofFiles(100_000);
  for (const isBusy of [true, true, false]) open("192.0.2.1", isBusy);
  open("192.0.2.2", true);
  open("192.0.2.3", false);
  upgrade("192.0.2.4");
  multiplex("192.0.2.5", 100);
  expect(busyBySource()).toEqual({ "192.0.2.1": 2, "192.0.2.2": 1, "192.0.2.5": 100 });
});

it("hundreds of clients that are too slow are ended a few in a turn, so that others do not wait for that", () => {
  vi.useFakeTimers({ toFake: ["setInterval", "setImmediate"] });
  onTestFinished(() => void vi.useRealTimers());
  const { stall, ended } = ofFiles(4_000, 400);
  let given = 0;
  for (let i = 0; i < 100; i++) stall("192.0.2.1", () => given++);
  vi.advanceTimersByTime(1_000);
  const turns: number[] = [];
  for (let before = given; ended.slow_body < 100; before = given) {
    vi.advanceTimersToNextTimer();
    turns.push(given - before);
  }
  expect(Math.max(...turns)).toBeLessThanOrEqual(16);
  expect(given).toBe(100);
});
