import type { SpecOf } from "../kind.ts";

const DATE_LENGTH = "2026-12-01".length;

/** Each takes long to make. */
const formats = new Map<string, Intl.DateTimeFormat>();

function formatIn(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (!format) formats.set(timeZone, (format = new Intl.DateTimeFormat("sv-SE", { timeZone })));
  return format;
}

/** dateIn is the date of an instant in a time zone, such as 2026-12-01. */
export const dateIn = (unixMs: number, timeZone: string): string =>
  formatIn(timeZone).format(unixMs).slice(0, DATE_LENGTH);

/** isReached says whether a date or an instant has begun; a date begins at midnight in a time zone. */
export const isReached = (at: string, unixMs: number, timeZone: string): boolean =>
  at.length === DATE_LENGTH ? at <= dateIn(unixMs, timeZone) : Date.parse(at) <= unixMs;

export type SubscriptionState = "pending" | "trial" | "active" | "ending" | "ended";

/** subscriptionState says in which part of its life a subscription is. */
export function subscriptionState(
  { startAt, trialEndAt, endAt }: Pick<SpecOf<"Subscription">, "startAt" | "trialEndAt" | "endAt">,
  unixMs: number,
  timeZone: string,
): SubscriptionState {
  const has = (at: string) => isReached(at, unixMs, timeZone);
  if (endAt !== undefined && has(endAt)) return "ended";
  if (!has(startAt)) return "pending";
  if (trialEndAt !== undefined && !has(trialEndAt)) return "trial";
  return endAt === undefined ? "active" : "ending";
}
