import { Temporal } from "temporal-polyfill";
import { isMonth } from "@tollgate/config";

/** Period is the time of one bill: the instants from its start to before its end. */
export interface Period {
  /** Such as 2026-11. */
  readonly month: string;
  readonly timeZone: string;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
}

/** midnightOf is the instant at which a date such as 2026-11-01 begins in a time zone. Where clocks skip midnight, it is the first after it. */
export const midnightOf = (date: string, timeZone: string): number =>
  Temporal.PlainDate.from(date).toZonedDateTime(timeZone).epochMilliseconds;

const DATE_LENGTH = "2026-12-01".length;

/** momentOf is the instant that a text such as 2026-12-01T00:00:00+01:00 names, or at which a date begins in a time zone. It throws a RangeError. */
export const momentOf = (text: string, timeZone: string): number =>
  text.length === DATE_LENGTH ? midnightOf(text, timeZone) : Temporal.Instant.from(text).epochMilliseconds;

/** Months that were asked for: those of all customers are few, and time zones take long. */
const known = new Map<string, Period>();
const KNOWN_MAX = 1_000;

/** monthPeriod is a calendar month such as 2026-11 in a time zone. It throws a RangeError if the text is not a month, or the zone is unknown. */
export function monthPeriod(month: string, timeZone = "UTC"): Period {
  const name = `${month} ${timeZone}`;
  const found = known.get(name) ?? newPeriod(month, timeZone);
  if (known.size >= KNOWN_MAX) known.clear();
  known.set(name, found);
  return found;
}

function newPeriod(month: string, timeZone: string): Period {
  if (!isMonth(month)) throw new RangeError(`'${month}' must be a month such as 2026-11`);
  const first = Temporal.PlainYearMonth.from(month);
  const startOf = (one: Temporal.PlainYearMonth) => midnightOf(`${one.toString()}-01`, timeZone);
  return { month, timeZone, startUnixMs: startOf(first), endUnixMs: startOf(first.add({ months: 1 })) };
}

/** monthOf is the month of an instant in a time zone, such as 2026-11. */
export const monthOf = (unixMs: number, timeZone = "UTC"): string =>
  Temporal.Instant.fromEpochMilliseconds(unixMs)
    .toZonedDateTimeISO(timeZone)
    .toPlainDate()
    .toPlainYearMonth()
    .toString();
