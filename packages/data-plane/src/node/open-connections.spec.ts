import { describe, expect, it } from "vitest";
import type { ConnectionRecord } from "@tollgate/pipeline";
import type { OrphanedConnection } from "../worker/protocol.ts";
import { OpenConnections, sharing } from "./open-connections.ts";

const recordOf = (id: string): ConnectionRecord => ({
  id,
  accountId: "000000000000",
  apiId: "chat000001",
  stageName: "live",
  connectedAtUnixMs: 1,
  sourceIp: "192.0.2.1",
  scheme: "http",
  port: 80,
  headers: [],
});
const notice = (opened: readonly string[], closed: readonly string[], countedUnixMs?: number) =>
  ({
    type: "connections",
    opened: opened.map(recordOf),
    closed,
    ...(countedUnixMs === undefined ? {} : { countedUnixMs }),
  }) as const;

function world() {
  const connections = new OpenConnections();
  const reported: string[][] = [];
  const ids = (orphans: readonly OrphanedConnection[]) => orphans.map(({ connection }) => connection.id);
  return {
    connections,
    reported,
    /** A worker that reports all, and says so of each. */
    adoptBy: (boot: string) =>
      connections.adopt(boot, async (orphans) => {
        reported.push(ids(orphans));
        connections.noticed(boot, notice([], ids(orphans)));
      }),
    /** A worker that ends when it has begun to report some. */
    adoptByDying: (boot: string, begun: readonly string[]) =>
      connections.adopt(boot, async (orphans) => {
        reported.push(ids(orphans).filter((id) => begun.includes(id)));
        connections.noticed(boot, notice([], begun));
        connections.ended(boot, 3_000);
        throw new Error("this worker has ended as well");
      }),
  };
}

describe("connections of a worker that has ended", () => {
  it("are reported once, by whoever can", async () => {
    const { connections, reported, adoptBy } = world();
    connections.noticed("one", notice(["a", "b", "c"], []));
    connections.noticed("two", notice(["d"], []));
    connections.noticed("one", notice([], ["b"]));
    await adoptBy("two");
    expect(connections.ended("one", 2_000)).toBe(2);
    connections.ended("one", 2_000);
    await connections.adopt("three", async () => {
      throw new Error("this worker does not listen yet");
    });
    await adoptBy("two");
    await adoptBy("two");
    expect(reported).toEqual([["a", "c"]]);
  });

  it("are not reported again if the worker that has begun to report them ends, but the others are", async () => {
    const { connections, reported, adoptBy, adoptByDying } = world();
    connections.noticed("one", notice(["a", "b", "c"], []));
    connections.noticed("two", notice(["own"], []));
    connections.ended("one", 2_000);
    await adoptByDying("two", ["b"]);
    await adoptBy("three");
    await adoptBy("three");
    expect(reported).toEqual([["b"], ["own", "a", "c"]]);
  });

  it("are handed over with the time until when their minutes are recorded", async () => {
    const { connections } = world();
    connections.noticed("one", notice(["a"], []));
    connections.noticed("one", notice(["b"], [], 1_500));
    connections.noticed("one", notice(["c"], []));
    connections.ended("one", 2_000);
    let handed: readonly OrphanedConnection[] = [];
    const take = async (orphans: readonly OrphanedConnection[]) => {
      handed = orphans;
      throw new Error("not now");
    };
    await connections.adopt("two", take);
    connections.ended("two", 9_000);
    await connections.adopt("three", take);
    expect(handed.map(({ connection, ...times }) => [connection.id, times])).toEqual([
      ["a", { countedUnixMs: 1_500, endedUnixMs: 2_000 }],
      ["b", { countedUnixMs: 1_500, endedUnixMs: 2_000 }],
      ["c", { countedUnixMs: 0, endedUnixMs: 2_000 }],
    ]);
  });
});

it("records of clients that say the same share it, whoever keeps them", () => {
  const headers = () => ["Host", "chat.example", "User-Agent", "spec"];
  const sent = {
    ...notice([], []),
    opened: ["a", "b"].map((id) => ({ ...recordOf(id), headers: headers() })),
  };
  const [a, b] = sharing(sent).opened;
  expect(a?.headers).toEqual(headers());
  expect(a?.headers).toBe(b?.headers);
});
