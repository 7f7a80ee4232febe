import { describe, expect, it } from "vitest";
import { type NodeProgress, type ObjectStatus, type Outcome, statusOf } from "./object-status.ts";

const facts = {
  observedGeneration: 3,
  observedDigest: "",
  account: "000000000000",
  revision: 7,
  entities: 2,
};
const progress = (own: Partial<NodeProgress>): NodeProgress => ({
  applied: 2,
  total: 2,
  refused: [],
  stopped: undefined,
  ...own,
});
const applied = (own: Partial<NodeProgress> = {}): Outcome => ({
  state: "applied",
  notDeployed: [],
  progress: progress(own),
});
const refused = (isFinal: boolean): Outcome => ({
  state: "refused",
  reason: isFinal ? "Invalid" : "Unavailable",
  message: "nothing was changed",
  problems: [{ path: "RestApi/shop000001.spec.name", message: "is required" }],
  isFinal,
});

const at = (outcome: Outcome, before?: ObjectStatus, now = "2026-01-01T00:00:00Z") =>
  statusOf(facts, outcome, before, now);
const shown = ({ conditions }: ObjectStatus) =>
  Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));

describe("the conditions of an object", () => {
  it.each<[string, Outcome, Readonly<Record<string, string>>]>([
    ["is on all nodes", applied(), { Applied: "True Stored", Ready: "True Applied" }],
    ["has no nodes", applied({ applied: 0, total: 0 }), { Applied: "True Stored", Ready: "True Applied" }],
    [
      "is on its way to nodes",
      applied({ applied: 1 }),
      { Applied: "True Stored", Ready: "False NodesPending" },
    ],
    [
      "is refused by nodes",
      applied({ refused: [{ path: "a", message: "b" }] }),
      { Applied: "True Stored", Ready: "False RefusedByNodes" },
    ],
    [
      "goes to no more nodes",
      applied({ stopped: "too many errors" }),
      { Applied: "True Stored", Ready: "False RolloutStopped", Stalled: "True RolloutStopped" },
    ],
    [
      "is wrong",
      refused(true),
      { Applied: "False Invalid", Ready: "False Invalid", Stalled: "True Invalid" },
    ],
    ["cannot be stored now", refused(false), { Applied: "False Unavailable", Ready: "False Unavailable" }],
    [
      "was only tried",
      { state: "dry-run", message: "nothing was written" },
      { Applied: "False DryRun", Ready: "True DryRun" },
    ],
  ])("that %s", (_, outcome, conditions) => {
    expect(shown(at(outcome))).toEqual(conditions);
  });

  it("are of the generation that was looked at", () => {
    expect(at(applied()).conditions.map(({ observedGeneration }) => observedGeneration)).toEqual([3, 3]);
  });

  it("have the time at which they became so", () => {
    const first = at(applied(), undefined, "2026-01-01T00:00:00Z");
    const timesOf = (status: ObjectStatus) =>
      status.conditions.map((one) => one.lastTransitionTime.slice(0, 4));
    expect(timesOf(at(applied(), first, "2027-01-01T00:00:00Z"))).toEqual(["2026", "2026"]);
    expect(timesOf(at(applied({ applied: 1 }), first, "2027-01-01T00:00:00Z"))).toEqual(["2026", "2027"]);
  });

  it("say the first problem", () => {
    expect(at(refused(true)).conditions[0]?.message).toBe(
      "nothing was changed: RestApi/shop000001.spec.name: is required",
    );
  });
});

it("a status has fifty problems at most, and says how many there are", () => {
  const problems = Array.from({ length: 60 }, (_, i) => ({ path: `p${i}`, message: "x".repeat(2_000) }));
  const status = at({ state: "refused", reason: "Invalid", message: "", problems, isFinal: true });
  expect(status.problems).toHaveLength(51);
  expect(status.problems[50]?.message).toBe("and 10 more problems");
  expect(status.problems[0]?.message).toHaveLength(1_024);
});

it("a refused object still says what of it is stored, and where", () => {
  const before = at(applied());
  expect(at(refused(true), before)).toMatchObject({ revision: 7, nodes: { applied: 2, total: 2 } });
});
