import { describe, expect, it } from "vitest";
import { daysAfter, isNotAfter, nextMonth, nextQuarter, stateOf } from "./subscription-times.ts";

describe("times of subscriptions", () => {
  it.each([
    ["2026-11-30T12:00:00Z", "UTC", "2026-12-01"],
    ["2026-11-30T23:30:00Z", "Europe/Berlin", "2027-01-01"],
    ["2026-12-01T03:00:00Z", "America/New_York", "2026-12-01"],
    ["2026-12-31T12:00:00Z", "UTC", "2027-01-01"],
  ])("%s is in %s before the month that begins on %s", (at, zone, date) => {
    expect(nextMonth(Date.parse(at), zone)).toBe(date);
  });

  it("are dates and quarters of an hour", () => {
    expect(daysAfter("2026-02-27", 2)).toBe("2026-03-01");
    expect(nextQuarter(Date.parse("2026-11-30T12:00:01Z"))).toBe("2026-11-30T12:15:00Z");
    expect(nextQuarter(Date.parse("2026-11-30T12:15:00Z"))).toBe("2026-11-30T12:15:00Z");
  });

  it.each([
    ["2026-10-31T22:59:00Z", "pending"],
    ["2026-10-31T23:00:00Z", "trial"],
    ["2026-11-14T23:00:00Z", "ending"],
    ["2026-12-10T09:45:00Z", "ended"],
  ])("say in which part of its life it is: at %s %s", (at, state) => {
    const spec = { startAt: "2026-11-01", trialEndAt: "2026-11-15", endAt: "2026-12-10T10:45:00+01:00" };
    expect(stateOf(spec, Date.parse(at), "Europe/Berlin")).toBe(state);
  });

  it.each([
    ["2026-12-01", "2026-11-30T10:00:00Z", "Pacific/Kiritimati", true],
    ["2026-12-01", "2026-11-30T09:45:00Z", "Pacific/Kiritimati", false],
    ["2026-11-30T10:00:00Z", "2026-12-01", "Pacific/Kiritimati", true],
    ["2026-11-30T10:15:00Z", "2026-12-01", "Pacific/Kiritimati", false],
    ["2026-11-15", "2026-11-15T02:00:00Z", "America/Los_Angeles", false],
    ["2026-11-15", "2026-11-15", "UTC", true],
    ["2026-11-16", "2026-11-15", "UTC", false],
  ])("are in the order of a time zone: %s and %s in %s %s", (at, other, zone, isOrdered) => {
    expect(isNotAfter(at, other, zone)).toBe(isOrdered);
  });

  it("has no end where none is said", () => {
    expect(stateOf({ startAt: "2026-11-01" }, Date.parse("2030-01-01"), "UTC")).toBe("active");
  });
});
