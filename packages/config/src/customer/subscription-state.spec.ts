import { describe, expect, it } from "vitest";
import { subscriptionState } from "./subscription-state.ts";

describe("a subscription", () => {
  it.each([
    ["2026-10-31T22:59:00Z", "pending"],
    ["2026-10-31T23:00:00Z", "trial"],
    ["2026-11-14T23:00:00Z", "ending"],
    ["2026-12-10T09:45:00Z", "ended"],
  ])("is at %s %s", (at, state) => {
    const spec = { startAt: "2026-11-01", trialEndAt: "2026-11-15", endAt: "2026-12-10T10:45:00+01:00" };
    expect(subscriptionState(spec, Date.parse(at), "Europe/Berlin")).toBe(state);
  });

  it("has no end where none is said", () => {
    expect(subscriptionState({ startAt: "2026-11-01" }, Date.parse("2030-01-01"), "UTC")).toBe("active");
  });
});
