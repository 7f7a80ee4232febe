import type { Terms } from "@tollgate/billing";
import { Refusal } from "../refusal.ts";

/** subscribedTerms are terms that an invoice can be made by: of a subscription. */
export function subscribedTerms(terms: Terms): Terms {
  if (terms.given.subscriptionId === "")
    throw new Refusal("subscription_id is missing: the usage of a whole account can only be previewed");
  return terms;
}

/** refuseOpen refuses a period that has not ended, or ended less than so long ago. */
export function refuseOpen({ period }: Terms, nowUnixMs: number, graceMs: number): void {
  const closesUnixMs = period.endUnixMs + graceMs;
  if (nowUnixMs >= closesUnixMs) return;
  const when = graceMs > 0 ? ", an hour after its end" : ", its end";
  throw new Refusal(
    `${period.month} is open until ${new Date(closesUnixMs).toISOString()}${when} in ${period.timeZone}: preview it, or finalize it then`,
    "precondition",
  );
}
