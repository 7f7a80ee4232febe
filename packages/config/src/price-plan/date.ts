import { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";

const DATE = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
const MONTH = /^\d{4}-(0[1-9]|1[0-2])$/;

/** isMonth says whether a string is a month of the calendar, such as 2026-11. */
export const isMonth = (text: string): boolean => MONTH.test(text);

/** isDate says whether a text is a date of the calendar, such as 2026-12-01. Date.parse takes 30 February for 2 March. */
export const isDate = (text: string): boolean => {
  const time = Date.parse(`${text}T00:00:00Z`);
  return DATE.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
};

/** isInstant says whether a string is an instant with its offset, such as 2026-12-01T08:00:00Z. Without one, it would be another instant on each machine. */
export const isInstant = (text: string): boolean =>
  INSTANT.test(text) && isDate(text.slice(0, "2026-12-01".length)) && !Number.isNaN(Date.parse(text));

/** Usage is stored by quarters of an hour: what begins within one could charge only all of its usage, or none. */
const QUARTER_MS = 900_000;

/**
 * dateOrInstant is a date, which begins at midnight in the time zone of whoever is billed, or an instant with its offset, at which a quarter of
 * an hour begins.
 */
export const dateOrInstant = z.string().superRefine((given, context) => {
  if ((!isInstant(given) || given.includes(".")) && !isDate(given))
    raise(context, facts.DATE_INVALID({ given }));
  else if (Date.parse(given) % QUARTER_MS !== 0) raise(context, facts.INSTANT_IN_QUARTER({ given }));
});

/** instantOf is the instant of a date or instant, with midnight in UTC for a date. It orders them. */
export const instantOf = (given: string): number => Date.parse(given);

/** Offsets such as +05:37, which Intl takes for time zones: months would begin within the quarters of an hour that usage is stored by. */
const OFFSET = /^[+-]/;

/** isTimeZone says whether the IANA database has a time zone. */
export function isTimeZone(name: string): boolean {
  if (OFFSET.test(name)) return false;
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

/** timeZone is the name of a time zone of the IANA database, such as Europe/Berlin. */
export const timeZone = z.string().superRefine((given, context) => {
  if (!isTimeZone(given)) raise(context, facts.TIME_ZONE_UNKNOWN({ given }));
});
