import { describe, expect, it } from "vitest";
import { daysAfter, isNotAfter, nextMonth, nextQuarter, shownState } from "./subscription-times.ts";

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
});

it.each([
  [{}, "active"],
  [{ suspendedUntil: "2026-12-31" }, "suspended"],
  // Metering is away since the month ended: calls are refused until it is back.
  [{ suspendedUntil: "2026-12-01" }, "suspended"],
])("the state of a subscription with %o is %s", (more, state) => {
  const spec = { customerId: "acme", productId: "pets", startAt: "2026-01-01", ...more };
  expect(shownState(spec, Date.parse("2026-12-01T00:00:10Z"), "UTC")).toBe(state);
});
