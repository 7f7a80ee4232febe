import { describe, expect, it } from "vitest";
import { type CalendarUnit, calendarPeriods } from "./calendar-periods.ts";

const HOUR_MS = 3_600_000;

const hoursOf = (unit: CalendarUnit, start: string, end: string, timeZone: string) => {
  const range = { startUnixMs: Date.parse(start), endUnixMs: Date.parse(end), timeZone, max: 1_000 };
  const bounds = calendarPeriods(unit, range);
  return bounds.slice(1).map((bound, i) => (bound - (bounds[i] ?? 0)) / HOUR_MS);
};

describe("periods of a calendar", () => {
  it.each<[CalendarUnit, string, string, string, readonly number[]]>([
    ["month", "2026-03-15T00:00:00Z", "2026-04-01T00:00:00Z", "Europe/Paris", [743, 720]],
    ["month", "2026-10-01T00:00:00+02:00", "2026-10-31T23:00:00Z", "Europe/Paris", [745]],
    ["month", "2026-11-10T00:00:00Z", "2026-11-11T00:00:00Z", "America/New_York", [721]],
    ["day", "2026-03-28T12:00:00Z", "2026-03-30T00:00:00Z", "Europe/Paris", [24, 23, 24]],
    ["day", "2026-11-21T00:00:00Z", "2026-11-21T18:30:00Z", "Asia/Kolkata", [24]],
    ["hour", "2026-11-21T00:10:00Z", "2026-11-21T01:30:00Z", "Asia/Kolkata", [1, 1]],
    // Clocks are put back and forward by half an hour.
    ["hour", "2026-04-04T14:00:00Z", "2026-04-04T17:00:00Z", "Australia/Lord_Howe", [1, 0.5, 1, 1]],
    ["hour", "2026-04-04T15:15:00Z", "2026-04-04T15:20:00Z", "Australia/Lord_Howe", [0.5]],
    ["hour", "2026-10-03T14:30:00Z", "2026-10-03T17:00:00Z", "Australia/Lord_Howe", [1, 0.5, 1]],
    ["hour", "2026-10-03T15:45:00Z", "2026-10-03T15:50:00Z", "Australia/Lord_Howe", [0.5]],
    ["hour", "2026-10-24T23:10:00Z", "2026-10-25T02:00:00Z", "Europe/Paris", [1, 1, 1]],
    // A day that there was not.
    ["day", "2011-12-29T10:00:00Z", "2011-12-30T11:00:00Z", "Pacific/Apia", [24, 24]],
    ["month", "2026-11-30T10:00:00Z", "2026-11-30T11:00:00Z", "Pacific/Kiritimati", [744]],
    ["month", "2024-02-29T00:00:00Z", "2024-03-01T00:00:00Z", "UTC", [696]],
  ])("%ss from %s to %s in %s%s", (unit, start, end, zone, hours) => {
    expect(hoursOf(unit, start, end, zone)).toEqual(hours);
  });

  it("begin at a quarter of an hour wherever people live", () => {
    for (const timeZone of ["Asia/Kathmandu", "Australia/Lord_Howe", "America/St_Johns", "Pacific/Chatham"])
      for (const unit of ["hour", "day", "month"] as const) {
        const range = {
          startUnixMs: Date.UTC(2026, 9, 1),
          endUnixMs: Date.UTC(2026, 9, 5),
          timeZone,
          max: 1_000,
        };
        const bounds = calendarPeriods(unit, range);
        expect(bounds.filter((bound) => bound % 900_000 !== 0)).toEqual([]);
      }
  });

  it("are of zones that exist, and are not more than are wanted", () => {
    const range = { startUnixMs: 0, endUnixMs: Date.UTC(2026, 0, 1), timeZone: "UTC", max: 5 };
    expect(calendarPeriods("hour", range)).toHaveLength(7);
    expect(() => calendarPeriods("day", { ...range, timeZone: "Mars/Phobos" })).toThrow(RangeError);
  });
});
