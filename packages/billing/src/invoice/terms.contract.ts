import { type GivenTerms, readTerms, type Terms } from "./terms.ts";

/** termsOf are terms of a subscription for November 2026 at AWS's prices, but for what is given. */
export const termsOf = (given: Partial<GivenTerms> = {}): Terms =>
  readTerms({
    accountId: "",
    subscriptionId: "acme",
    month: "2026-11",
    timeZone: "",
    pricePlanJson: "",
    customerJson: "",
    apiKeyIds: ["ada"],
    usagePlanIds: ["gold"],
    startAt: "",
    endAt: "",
    ...given,
  });
