import { Temporal } from "temporal-polyfill";

export type CalendarUnit = "hour" | "day" | "month";

export interface CalendarRange {
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly timeZone: string;
  /** More periods are not needed. */
  readonly max: number;
}

const HOUR_MINUTES = 60;

/**
 * The end of the hour of a clock that begins at an instant. Clocks of zones such as Australia/Lord_Howe are put forward or back by half an hour:
 * from then on, an hour of theirs does not end an hour later.
 */
const nextHour = (start: Temporal.ZonedDateTime): Temporal.ZonedDateTime =>
  start.add({ minutes: HOUR_MINUTES - start.minute });

function startOfHour(at: Temporal.ZonedDateTime): Temporal.ZonedDateTime {
  let start = at.round({ smallestUnit: "hour", roundingMode: "floor" });
  for (let next = nextHour(start); next.epochMilliseconds <= at.epochMilliseconds; next = nextHour(start))
    start = next;
  return start;
}

/** The first instant of the hour, day or month of an instant. */
function startOf(unit: CalendarUnit, at: Temporal.ZonedDateTime): Temporal.ZonedDateTime {
  if (unit === "hour") return startOfHour(at);
  return unit === "day" ? at.startOfDay() : at.with({ day: 1 }).startOfDay();
}

const next = (unit: CalendarUnit, start: Temporal.ZonedDateTime): Temporal.ZonedDateTime => {
  if (unit === "hour") return nextHour(start);
  return (unit === "day" ? start.add({ days: 1 }) : start.add({ months: 1 })).startOfDay();
};

/**
 * calendarPeriods are the hours, days or months of a time zone that a range has a part of: the start of each, and last the end of the last one. Days
 * may have 23 to 25 hours; where a clock is put forward or back by half an hour, one of its hours has 30 minutes. It throws a RangeError if the zone is
 * unknown.
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
