import { describe, expect, it } from "vitest";
import { monthOf, monthPeriod } from "./period.ts";

const HOUR = 3_600_000;
const ZONES = [
  "UTC",
  "Europe/Paris",
  "America/New_York",
  "Asia/Kolkata",
  "Australia/Lord_Howe",
  "Pacific/Apia",
];

describe("months", () => {
  it.each([
    ["2026-03", "Europe/Paris", 743],
    ["2026-10", "Europe/Paris", 745],
    ["2026-11", "America/New_York", 721],
    ["2026-11", "UTC", 720],
    ["2028-02", "UTC", 696],
    ["2026-10", "Australia/Lord_Howe", 743.5],
  ])("%s has in %s %d hours", (month, zone, hours) => {
    const { startUnixMs, endUnixMs } = monthPeriod(month, zone);
    expect((endUnixMs - startUnixMs) / HOUR).toBe(hours);
  });

  it.each(ZONES)("follow each other without a gap in %s, to the millisecond", (zone) => {
    const months = Array.from(
      { length: 36 },
      (_, i) => `${2026 + Math.floor(i / 12)}-${String((i % 12) + 1).padStart(2, "0")}`,
    );
    const periods = months.map((month) => monthPeriod(month, zone));
    for (const [i, { startUnixMs, endUnixMs }] of periods.entries()) {
      expect([startUnixMs, endUnixMs - 1].map((at) => monthOf(at, zone))).toEqual([months[i], months[i]]);
      expect(monthOf(endUnixMs, zone)).not.toBe(months[i]);
      if (i > 0) expect(startUnixMs).toBe(periods[i - 1]?.endUnixMs);
      // The quarters of an hour in which usage is stored never straddle a month.
      expect(startUnixMs % (HOUR / 4)).toBe(0);
    }
  });

  it.each(["2026-13", "2026-1", "2026", "", "2026-11-01"])("'%s' is not one", (month) => {
    expect(() => monthPeriod(month)).toThrow(/must be a month such as 2026-11/);
  });
});
