import { Temporal } from "temporal-polyfill";

export type CalendarUnit = "hour" | "day" | "month";

export interface CalendarRange {
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly timeZone: string;
  /** More periods are not needed. */
  readonly max: number;
}

/** The first instant of the hour, day or month of an instant. */
function startOf(unit: CalendarUnit, at: Temporal.ZonedDateTime): Temporal.ZonedDateTime {
  if (unit === "hour") return at.round({ smallestUnit: "hour", roundingMode: "floor" });
  return unit === "day" ? at.startOfDay() : at.with({ day: 1 }).startOfDay();
}

const next = (unit: CalendarUnit, start: Temporal.ZonedDateTime): Temporal.ZonedDateTime => {
  if (unit === "hour") return start.add({ hours: 1 });
  return (unit === "day" ? start.add({ days: 1 }) : start.add({ months: 1 })).startOfDay();
};

/**
 * calendarPeriods are the hours, days or months of a time zone that a range has a part of: the start of each, and last the end of the last one. Days
 * may have 23 to 25 hours. It throws a RangeError if the zone is unknown.
 */
export function calendarPeriods(
  unit: CalendarUnit,
  { startUnixMs, endUnixMs, timeZone, max }: CalendarRange,
): readonly number[] {
  let at = startOf(unit, Temporal.Instant.fromEpochMilliseconds(startUnixMs).toZonedDateTimeISO(timeZone));
  const bounds = [at.epochMilliseconds];
  while (at.epochMilliseconds < endUnixMs && bounds.length <= max + 1) {
    at = next(unit, at);
    bounds.push(at.epochMilliseconds);
  }
  return bounds;
}
