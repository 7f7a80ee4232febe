import { expect, it } from "vitest";
import { type GivenTerms, readTerms } from "@tollgate/billing";
import type { Session } from "../usage-store/database.ts";
import { openSqlite } from "../usage-store/sqlite.ts";
import { UsageStore } from "../usage-store/usage-store.ts";
import { creditNotesIn, creditNotesOf, listCreditNotes } from "./credit-note-store.ts";
import { openDraft, openDraftsIn } from "./drafts.ts";
import { invoicesIn, listInvoices } from "./invoice-store.ts";
import { meteredUsage, meteredUsageOf, usageByKey } from "./metered-usage.ts";
import { LateChanges, ratedMonthsIn } from "./rated-months.ts";

const terms: GivenTerms = {
  accountId: "000000000000",
  subscriptionId: "acme",
  month: "2026-11",
  timeZone: "",
  pricePlanJson: "",
  customerJson: "{}",
  apiKeyIds: ["key1", "key2"],
  usagePlanIds: ["plan1"],
  startAt: "",
  endAt: "",
};
const perKey = {
  currency: "EUR",
  versions: [
    {
      from: "2026-01-01",
      prices: [{ id: "c", model: "FLAT", meter: "rest.request", includedPerKey: 1, amount: "1" }],
    },
  ],
};
const some = { accountId: "000000000000", subscriptionIds: ["acme", "bolt"] };
const of = { accountId: "000000000000", subscriptionId: "acme", month: "" };

it.each<[string, (session: Session) => Promise<unknown>]>([
  ["invoices", (session) => listInvoices(session, of)],
  ["the invoice of a month", (session) => listInvoices(session, { ...of, month: "2026-11" })],
  ["credit notes", (session) => listCreditNotes(session, of)],
  ["all credit notes", (session) => creditNotesOf(session, of)],
  ["the draft of a month", (session) => openDraft(session, { ...of, month: "2026-11" })],
  ["usage", (session) => meteredUsage(session, readTerms(terms))],
  [
    "usage by key for its allowance",
    (session) => meteredUsage(session, readTerms({ ...terms, pricePlanJson: JSON.stringify(perKey) })),
  ],
  ["usage, with that of others", (session) => meteredUsageOf(session, [readTerms(terms), readTerms(terms)])],
  ["drafts of some", (session) => openDraftsIn(session, some)],
  ["invoices of some", (session) => invoicesIn(session, some)],
  ["credit notes of some", (session) => creditNotesIn(session, some)],
  ["months of some", (session) => ratedMonthsIn(session, some)],
  ["late usage of some", (session) => LateChanges.read(session, terms.accountId, [terms])],
  ["usage by key", (session) => usageByKey(session, readTerms(terms), "rest.request")],
])("%s of a subscription is found by an index, however much there is of others", async (_what, read) => {
  await using database = openSqlite(":memory:");
  await UsageStore.open(database);
  const plans: string[] = [];
  await read({
    ...database,
    query: async (sql, parameters) => {
      const plan = await database.query(`EXPLAIN QUERY PLAN ${sql}`, parameters);
      plans.push(plan.map(({ detail }) => detail).join(", "));
      return [];
    },
  });
  for (const plan of plans)
    expect(plan).toMatch(/INDEX \S+ \(account_id=\? AND (subscription|api_key)_id=\?/);
  expect(plans).toHaveLength(1);
});
