import { afterAll, beforeAll, describe, it } from "vitest";
import { type FaultsWorld, startWorld } from "../faults/scenarios.ts";
import { SERVERS, Servers } from "../faults/servers.ts";

// Every server is stopped in each way, in any order, by `npm run faults -- servers`; Kafka takes long to start, and faults.spec.ts kills it.
const QUICK: Readonly<Record<string, readonly string[]>> = {
  etcd: ["killed"],
  kafka: ["paused"],
  postgres: ["terminated", "paused"],
  redis: ["killed", "paused"],
};

describe("each process outlives each server, says what it cannot do, and catches up", () => {
  let world: FaultsWorld;
  let servers: Servers;
  beforeAll(async () => {
    world = await startWorld();
    const { cluster, etcd, kafka, postgres, redis } = world;
    servers = new Servers({ cluster, servers: { etcd, kafka, postgres, redis } });
    await servers.setUp();
  });
  afterAll(() => world[Symbol.asyncDispose]());

  describe.each(SERVERS)("$server", (row) => {
    it.each(QUICK[row.server] ?? [])("%s", async (how) => {
      await servers.away(row, how);
    });
  });
});
