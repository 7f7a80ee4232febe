import type { SpecOf } from "../kind.ts";

/** ChargedUsage is whose usage of which time a subscription charges. */
export interface ChargedUsage {
  readonly timeZone: string;
  readonly apiKeyIds: string[];
  readonly usagePlanIds: string[];
  readonly startAt: string;
  /** Empty: it has no end. */
  readonly endAt: string;
}

/** chargedBy is what a subscription of a customer to a product charges: its trial is free. */
export const chargedBy = (
  { startAt, trialEndAt, endAt = "" }: Pick<SpecOf<"Subscription">, "startAt" | "trialEndAt" | "endAt">,
  { timeZone, apiKeyIds }: Pick<SpecOf<"Customer">, "timeZone" | "apiKeyIds">,
  { usagePlanIds }: Pick<SpecOf<"Product">, "usagePlanIds">,
): ChargedUsage => ({
  timeZone,
  apiKeyIds: [...apiKeyIds],
  usagePlanIds: [...usagePlanIds],
  startAt: trialEndAt ?? startAt,
  endAt,
});
