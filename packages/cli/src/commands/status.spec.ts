import { describe, expect, it } from "vitest";
import type { Dependency, GetStatusResponse, Node, Rollout } from "@tollgate/proto/control";
import { controlPlanePart, dependencyParts, nodePart, otherControlPlanes } from "./status.ts";

const node = (members: object) =>
  ({
    id: "n",
    appliedRevision: 5n,
    publishedRevision: 5n,
    missingSinceTimeUnixMs: 0n,
    problems: [],
    notReady: "",
    concerns: [],
    ...members,
  }) as unknown as Node;

describe("tollgate status says of a node", () => {
  it.each([
    ["nothing where nothing is wrong", node({}), "ready", ""],
    [
      "that it is missing",
      node({ missingSinceTimeUnixMs: 1n }),
      "missing",
      "or run 'tollgate node forget n'",
    ],
    ["that it is behind", node({ publishedRevision: 6n }), "behind", "'tollgate wait 6'"],
    [
      "what it refused",
      node({ problems: [{ path: "Stage/prod", message: "is broken" }] }),
      "behind",
      "it refused Stage/prod: is broken: it serves the last good version",
    ],
    [
      "that it refuses all calls",
      node({ notReady: "the spool is full" }),
      "not ready",
      "no calls: the spool is full",
    ],
    [
      "what is wrong while it serves",
      node({ concerns: ["Redis is away: x"] }),
      "degraded",
      "Redis is away: x",
    ],
  ])("%s", (_what, given, state, problem) => {
    const part = nodePart(given, undefined);
    expect(part.state).toBe(state);
    expect(part.problem).toContain(problem);
  });

  it("that a rollout was stopped", () => {
    const rollout = { revision: 7n, state: "stopped", reason: "errors" } as Rollout;
    expect(nodePart(node({}), rollout).problem).toBe("the rollout of revision 7 was stopped: errors");
  });
});

describe("tollgate status says of a control plane", () => {
  it.each([
    ["", "ready", ""],
    ["etcd is gone", "read-only", "changes are refused: etcd is gone: check etcd"],
  ])("whether it can store changes: %s", (storeOutage, state, problem) => {
    const part = controlPlanePart({ controlPlane: "a", storeOutage } as GetStatusResponse);
    expect(part).toMatchObject({ process: "control plane a", state });
    expect(part.problem).toContain(problem);
  });
});

it("tollgate status says what processes need, and of the other control planes", () => {
  const dependencies = [
    { name: "Redis", outage: "it cannot be reached", remedy: "check it" },
    { name: "Kafka", outage: "", remedy: "check it" },
  ] as Dependency[];
  expect(
    dependencyParts(dependencies).map(({ process, state, problem }) => [process, state, problem]),
  ).toEqual([
    ["Redis", "unusable", "it cannot be reached: check it"],
    ["Kafka", "ready", ""],
  ]);
  const status = { controlPlane: "a", controlPlanes: ["a", "b"] } as GetStatusResponse;
  expect(otherControlPlanes(status)).toMatchObject([{ process: "control plane b", state: "alive" }]);
});
