import { describe, expect, it } from "vitest";
import { type EventFacts, encodeStageFacts } from "@tollgate/usage-stream";
import { ConnectionMinutes, minutesBegun } from "./connection-minutes.ts";

describe("minutes of a connection", () => {
  const december = Date.UTC(2026, 11, 1);

  it.each([
    ["23:58:30 to 00:01:30", -90, 90, [2, 1]],
    ["40 seconds", -30, 10, [1, 0]],
    ["no time at all, just before", -0.001, -0.001, [1, 0]],
    ["from the first instant", 0, 1, [0, 1]],
    ["that ends before", -600, -540, [1, 0]],
    ["that begins later", 60, 61, [0, 1]],
  ])("belong to the month in which they begin: %s", (_what, fromS, toS, expected) => {
    const opened = december + fromS * 1000;
    const ended = december + toS * 1000;
    const old = minutesBegun(opened, Math.min(december - 1, ended));
    expect([old, minutesBegun(opened, ended) - old]).toEqual(expected);
  });
});

describe("the record of minutes", () => {
  const stage = { accountId: "000000000000", apiId: "chat000001", stageName: "live" };
  const key = { apiKeyId: "key1", usagePlanId: "plan1" };

  function minutesOn(commit: () => void) {
    let added: EventFacts[] = [];
    const spool = { add: (_key: Buffer, facts: EventFacts) => void added.push(facts), commit };
    const minutes = new ConnectionMinutes({
      spool: spool as never,
      factsOf: () => ({ stageFacts: encodeStageFacts({ region: "us-east-1", tags: {} }), configRevision: 3 }),
      unixMs: () => 7,
      report: () => undefined,
    });
    const recorded = () => {
      added = [];
      const done = minutes.commit();
      return [done, added.map(({ connectionKey, connectionMinutes }) => [connectionKey, connectionMinutes])];
    };
    return { minutes, recorded };
  }

  it("has one event for each key that connections of a stage were opened with, and one for none", () => {
    const { minutes, recorded } = minutesOn(() => undefined);
    for (const [own, count] of [
      [undefined, 1],
      [key, 2],
      [undefined, 3],
      [{ ...key }, 4],
      [key, 0],
    ] as const)
      minutes.add({ ...stage, key: own }, count);
    expect(recorded()).toEqual([
      true,
      [
        [undefined, 4],
        [key, 6],
      ],
    ]);
    expect(recorded()).toEqual([true, []]);
  });

  it("has one event for each customer that a key had", () => {
    const { minutes, recorded } = minutesOn(() => undefined);
    const [ada, bob] = ["ada", "bob"].map((customerId) => ({ ...key, customerId }));
    minutes.add({ ...stage, key: ada }, 1);
    minutes.add({ ...stage, key: bob }, 2);
    minutes.add({ ...stage, key: ada }, 3);
    expect(recorded()).toEqual([
      true,
      [
        [ada, 4],
        [bob, 2],
      ],
    ]);
  });

  it("is made again when it could not be written", () => {
    let isFull = true;
    const { minutes, recorded } = minutesOn(() => {
      if (isFull) throw new Error("the disk is full");
    });
    minutes.add({ ...stage, key }, 2);
    expect(recorded()[0]).toBe(false);
    isFull = false;
    minutes.add({ ...stage, key }, 1);
    expect(recorded()).toEqual([true, [[key, 3]]]);
  });
});
