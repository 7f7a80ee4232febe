import type { SpecOf } from "@tollgate/config";

const QUARTER_MS = 900_000;
const DATE_LENGTH = "2026-12-01".length;
const DAY_MS = 86_400_000;

/** dateIn is the date of an instant in a time zone, such as 2026-12-01. */
export const dateIn = (unixMs: number, timeZone: string): string =>
  new Intl.DateTimeFormat("sv-SE", { timeZone }).format(unixMs).slice(0, DATE_LENGTH);

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

/** Whether a date or an instant is reached; a date begins at midnight in a time zone. */
const isReached = (at: string, unixMs: number, timeZone: string): boolean =>
  at.length === DATE_LENGTH ? at <= dateIn(unixMs, timeZone) : Date.parse(at) <= unixMs;

/** isNotAfter compares two dates or instants; dates begin at midnight in a time zone. */
export function isNotAfter(at: string, other: string, timeZone: string): boolean {
  if (other.length !== DATE_LENGTH) return isReached(at, Date.parse(other), timeZone);
  if (at.length === DATE_LENGTH) return at <= other;
  return !isReached(other, Date.parse(at) - 1, timeZone);
}

type SubscriptionSpec = SpecOf<"Subscription">;

/** stateOf says in which part of its life a subscription is. */
export function stateOf(
  { startAt, trialEndAt, endAt }: Pick<SubscriptionSpec, "startAt" | "trialEndAt" | "endAt">,
  unixMs: number,
  timeZone: string,
): "pending" | "trial" | "active" | "ending" | "ended" {
  const has = (at: string) => isReached(at, unixMs, timeZone);
  if (endAt !== undefined && has(endAt)) return "ended";
  if (!has(startAt)) return "pending";
  if (trialEndAt !== undefined && !has(trialEndAt)) return "trial";
  return endAt === undefined ? "active" : "ending";
}
