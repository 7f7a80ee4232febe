import { dateIn, isReached, type SpecOf, subscriptionState } from "@tollgate/config";

const QUARTER_MS = 900_000;
const DATE_LENGTH = "2026-12-01".length;
const DAY_MS = 86_400_000;

/** nextMonth is the first day of the month after that of an instant in a time zone. */
export function nextMonth(unixMs: number, timeZone: string): string {
  const [year = 0, month = 0] = dateIn(unixMs, timeZone).split("-").map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, DATE_LENGTH);
}

/** daysAfter is the date some days after a date. */
export const daysAfter = (date: string, days: number): string =>
  new Date(Date.parse(date.slice(0, DATE_LENGTH)) + days * DAY_MS).toISOString().slice(0, DATE_LENGTH);

/** nextQuarter is the next instant that usage can be divided at. */
export const nextQuarter = (unixMs: number): string =>
  new Date(Math.ceil(unixMs / QUARTER_MS) * QUARTER_MS).toISOString().replace(".000Z", "Z");

/** isNotAfter compares two dates or instants; dates begin at midnight in a time zone. */
export function isNotAfter(at: string, other: string, timeZone: string): boolean {
  if (other.length !== DATE_LENGTH) return isReached(at, Date.parse(other), timeZone);
  if (at.length === DATE_LENGTH) return at <= other;
  return !isReached(other, Date.parse(at) - 1, timeZone);
}

/**
 * shownState is the part of its life in which a subscription is, or that its calls are refused: until the control plane removes the suspension, and not until
 * the time in it.
 */
export const shownState = (spec: SpecOf<"Subscription">, unixMs: number, timeZone: string): string =>
  spec.suspendedUntil === undefined ? subscriptionState(spec, unixMs, timeZone) : "suspended";
