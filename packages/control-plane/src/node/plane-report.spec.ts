import { describe, expect, it } from "vitest";
import type { NodeStatus } from "@tollgate/config-stream";
import { TXN_MAX_BYTES } from "../store/etcd-keys.ts";
import { toPlaneReport } from "./plane-report.ts";

const part = (length: number) => ({
  name: "stage/abcdefghij/prod",
  code: "X",
  path: "p".repeat(60),
  params: { value: "v".repeat(50) },
  message: "m".repeat(length),
});
const status = (nodeId: string, parts: number, length: number): NodeStatus => ({
  nodeId,
  bootId: "b".repeat(36),
  host: "h",
  pid: 1,
  labels: {},
  softwareVersion: "1",
  workerCount: 1,
  connectUnixMs: 1,
  version: 1,
  appliedVersion: 1,
  publishedVersion: 1,
  lastSeenUnixMs: 1_700_000_000_000,
  refused: Array.from({ length: parts }, () => part(length)),
  health: { calls: 1_000_000, serverErrors: 1_000, workerCrashes: 1 },
  condition: { notReady: "n".repeat(length), concerns: ["c".repeat(length)] },
});
const statuses = (nodes: number, parts: number, length: number) =>
  Array.from({ length: nodes }, (_, i) => status(`n${i}`, parts, length));

describe("the report of a control plane", () => {
  it("names what nodes refused as they said it, up to 20 parts of each", () => {
    const { nodes } = toPlaneReport("A", [status("n0", 30, 150), status("n1", 0, 0)]);
    expect(nodes["n0"]?.refused).toEqual(Array.from({ length: 20 }, () => part(150)));
    expect(nodes["n1"]?.refused).toEqual([]);
  });

  it.each([
    ["many nodes", 300, 20, 150],
    ["very many nodes", 2_000, 20, 150],
    ["long messages", 100, 20, 10_000],
  ])(
    "fits one write to etcd, and names something of each node that refused: %s",
    (_what, count, parts, length) => {
      const report = toPlaneReport("A", [...statuses(count, parts, length), status("good", 0, 0)]);
      expect(Buffer.byteLength(JSON.stringify(report))).toBeLessThanOrEqual(TXN_MAX_BYTES);
      const refusing = Object.values(report.nodes).filter(({ refused }) => refused.length > 0);
      expect(refusing).toHaveLength(count);
      for (const { refused } of refusing) expect(refused[0]?.message).toMatch(/^m{50,}…?$/);
    },
  );
});
