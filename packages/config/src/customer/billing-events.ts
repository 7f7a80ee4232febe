import { z } from "zod";
import { facts } from "../facts.ts";
import { raise } from "../problem.ts";

/** BILLING_EVENTS are the types of what happens in billing, and can be sent to somebody. */
export const BILLING_EVENTS = [
  "customer.created",
  "customer.updated",
  "customer.overdue",
  "customer.suspended",
  "customer.resumed",
  "customer.deleted",
  "subscription.created",
  "subscription.started",
  "subscription.changed",
  "subscription.suspended",
  "subscription.resumed",
  "subscription.ended",
  "subscription.deleted",
  "spend.warning",
  "invoice.drafted",
  "invoice.voided",
  "invoice.finalized",
  "invoice.credited",
] as const;

/** The type of an event that goes to UsageSinks only: what a customer used of a meter in an hour. */
export const USAGE_REPORTED = "usage.reported";

export type BillingEventType = (typeof BILLING_EVENTS)[number];

const ALL = "*";

/** isEventWanted says whether a pattern, such as invoice.*, is of a type of events. */
export const isEventWanted = (pattern: string, type: string): boolean =>
  pattern === ALL ||
  pattern === type ||
  (pattern.endsWith(`.${ALL}`) && type.startsWith(pattern.slice(0, -ALL.length)));

/** eventPattern is a type of events, or several of them; one that no event has would silently send nothing. */
export const eventPattern = z.string().superRefine((given, context) => {
  if (!BILLING_EVENTS.some((type) => isEventWanted(given, type)))
    raise(context, facts.EVENT_UNKNOWN({ given, known: BILLING_EVENTS.join(", ") }));
});
