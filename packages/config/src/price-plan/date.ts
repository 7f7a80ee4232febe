import { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";

const DATE = /^\d{4}-\d\d-\d\d$/;
const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?(Z|[+-]\d\d:\d\d)$/;

const isDate = (text: string): boolean => {
  const time = Date.parse(`${text}T00:00:00Z`);
  return DATE.test(text) && !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
};

/** dateOrInstant is a date, which begins at midnight in the time zone of whoever is billed, or an instant with its offset. */
export const dateOrInstant = z.string().superRefine((given, context) => {
  const isInstant = INSTANT.test(given) && isDate(given.slice(0, 10)) && !Number.isNaN(Date.parse(given));
  if (!isInstant && !isDate(given)) raise(context, facts.DATE_INVALID({ given }));
});

/** instantOf is the instant of a date or instant, with midnight in UTC for a date. It orders them. */
export const instantOf = (given: string): number => Date.parse(given);

/** isTimeZone says whether the IANA database has a time zone. */
export function isTimeZone(name: string): boolean {
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
