import { expect, it } from "vitest";
import type { ConnectionRecord } from "@tollgate/pipeline";
import { OpenConnections } from "./open-connections.ts";

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
const notice = (opened: readonly string[], closed: readonly string[]) =>
  ({ type: "connections", opened: opened.map(recordOf), closed }) as const;

it("connections of a worker that has ended are reported once, by whoever can", async () => {
  const connections = new OpenConnections();
  const reported: string[][] = [];
  const report = async (records: readonly ConnectionRecord[]) =>
    void reported.push(records.map(({ id }) => id));
  connections.noticed("one", notice(["a", "b", "c"], []));
  connections.noticed("two", notice(["d"], []));
  connections.noticed("one", notice([], ["b"]));
  await connections.adopt(report);
  connections.ended("one");
  connections.ended("one");
  await connections.adopt(async () => {
    throw new Error("this worker has ended as well");
  });
  await connections.adopt(report);
  await connections.adopt(report);
  expect(reported).toEqual([["a", "c"]]);
});
