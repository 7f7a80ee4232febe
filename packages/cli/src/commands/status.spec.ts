import { describe, expect, it } from "vitest";
import type { GetStatusResponse, Node, Rollout } from "@tollgate/proto/control";
import { controlPlanePart, nodePart } from "./status.ts";

const node = (members: object) =>
  ({
    id: "n",
    appliedRevision: 5n,
    publishedRevision: 5n,
    missingSinceTimeUnixMs: 0n,
    problems: [],
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
