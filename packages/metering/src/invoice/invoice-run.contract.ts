import { expect, it } from "vitest";
import type { GivenTerms } from "@tollgate/billing";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { draftInvoice } from "./draft-invoice.ts";
import { type Finalized, type FinalizingOptions, finalizeInvoices } from "./finalize-invoice.ts";
import {
  amounts,
  call,
  deed,
  HOUR,
  november,
  october,
  planJson,
  terms,
  useInvoicing,
} from "./invoicing.contract.ts";
import { verifyInvoices } from "./verify-invoices.ts";

const options: FinalizingOptions = {
  actor: "ada",
  issueDate: "2026-12-02",
  acceptsMissingEvents: false,
  nowUnixMs: november.endUnixMs + HOUR,
  silentBeforeUnixMs: 0,
};
const of = (subscriptionId: string, key: string, month = "2026-11", more: Partial<GivenTerms> = {}) =>
  terms(month, { subscriptionId, apiKeyIds: [key], ...more });
const shown = (results: readonly Finalized[]) =>
  results.map((one) => ("invoice" in one ? one.invoice.document.number : one.refused.message));

/** Invoices of several subscriptions at once: each is what it would be alone. */
export function describeInvoiceRuns(open: OpenDatabase): void {
  const on = useInvoicing(open);

  it("have a result for each of the terms, in their order, and numbers without holes", async () => {
    await on.ingest(call(november.startUnixMs));
    const final = await on.finalize(of("final", "ada"));
    const results = await finalizeInvoices(
      on.database,
      [
        of("one", "ada"),
        of("open", "ben", "2026-12"),
        of("final", "ada"),
        of("wrong", "ben", "2026-11", { pricePlanJson: "{}" }),
        of("two", "ben"),
        of("two", "ben", "2026-10"),
        of("ended", "ben", "2026-11", { endAt: "2026-10-01" }),
        of("foreign", "ben", "2026-11", { accountId: "111111111111" }),
      ],
      options,
    );
    expect(shown(results)).toEqual([
      "INV-2026-000002",
      expect.stringMatching(/^2026-12 is open until/),
      "INV-2026-000001",
      "the price plan is wrong",
      "INV-2026-000003",
      "'two' is named twice: finalize its months one after the other",
      "'ended' charges nothing in 2026-11: it starts later, or has ended before",
      "INV-2026-000001",
    ]);
    expect(results[2]).toEqual({ invoice: final });
    const verified = await verifyInvoices(on.database, { ...of("", ""), month: "" });
    expect(verified).toEqual({ documentCount: 3, problems: [] });
  });

  it("charge each subscription its own keys, plans, price plan, drafts and late usage", async () => {
    const perKey = JSON.parse(planJson("0.01"));
    perKey.versions[0].prices[0] = {
      id: "calls",
      model: "FLAT",
      meter: "rest.request",
      includedPerKey: 1,
      amount: "1",
    };
    const all = (month: string) => [
      of("plain", "ada", month),
      of("keys", "ben", month, { apiKeyIds: ["ben", "cy"], pricePlanJson: JSON.stringify(perKey) }),
      of("half", "dee", month, { startAt: "2026-10-16" }),
      of("shared", "ada", month, { usagePlanIds: ["silver", "gold"] }),
      of("silver", "eve", month, { usagePlanIds: ["silver"] }),
    ];
    const usage = ["ada", "ben", "cy", "dee", "eve"].flatMap((apiKeyId, i) =>
      Array.from({ length: 4 + i }, (_, j) => call(october.startUnixMs + (1 + 150 * j) * HOUR, { apiKeyId })),
    );
    await on.ingest(...usage, call(october.startUnixMs, { apiKeyId: "ada", usagePlanId: "silver" }));
    await draftInvoice(on.database, of("plain", "ada", "2026-10", { pricePlanJson: planJson("3") }), deed);
    const alone = new Map<string, unknown>();
    for (const given of all("2026-10").slice(1))
      alone.set(given.subscriptionId, amounts(await on.preview(given)));
    alone.set(
      "plain",
      amounts(await on.preview(of("plain", "ada", "2026-10", { pricePlanJson: planJson("3") }))),
    );
    const made = async (month: string) => {
      const results = await finalizeInvoices(on.database, all(month), {
        ...options,
        nowUnixMs: deed.nowUnixMs,
      });
      return new Map(
        results.flatMap((one) =>
          "invoice" in one ? [[one.invoice.document.subscriptionId, amounts(one.invoice.document)]] : [],
        ),
      );
    };
    expect(await made("2026-10")).toEqual(alone);
    await on.ingest(
      call(october.endUnixMs - HOUR, { apiKeyId: "dee" }),
      call(november.startUnixMs, { apiKeyId: "cy" }),
    );
    alone.clear();
    for (const given of all("2026-11")) alone.set(given.subscriptionId, amounts(await on.preview(given)));
    expect(alone.get("half")).toContainEqual(["2026-10", "calls", expect.any(String)]);
    expect(await made("2026-11")).toEqual(alone);
  });
}
