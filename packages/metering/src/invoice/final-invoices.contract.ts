import { expect, it } from "vitest";
import { listBillingEvents } from "../billing-events/events.ts";
import { batchOf, receivedAt } from "../usage-store/batches.contract.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { announceInvoice } from "./announce.ts";
import { findInvoice, listInvoices, type StoredInvoice } from "./invoice-store.ts";
import { ACCOUNT, call, HOUR, november, planJson, terms, useInvoicing } from "./invoicing.contract.ts";

/** Which invoices become final, and that they stay as they are. */
export function describeFinalInvoices(open: OpenDatabase): void {
  const on = useInvoicing(open);

  it("that are final have numbers without holes, one for each month, and never change", async () => {
    await on.ingest(call(november.startUnixMs));
    const given = terms("2026-11");
    const [one, again] = await Promise.all([on.finalize(given), on.finalize(given)]);
    expect(again).toEqual(one);
    await expect(on.finalize(terms("2026-12"))).rejects.toThrow(
      /2026-12 is open until 2026-12-31T19:30:00.000Z/,
    );
    const other = await on.finalize(terms("2026-11", { subscriptionId: "other", apiKeyIds: ["eve"] }));
    const january = await on.finalize(terms("2026-10"), { issueDate: "2027-01-02" });
    expect([one, other, january].map(({ document }) => document.number)).toEqual([
      "INV-2026-000001",
      "INV-2026-000002",
      "INV-2027-000001",
    ]);
    await on.ingest(call(november.startUnixMs));
    expect(await on.finalize(terms("2026-11", { pricePlanJson: planJson("5") }))).toEqual(one);
    expect(await findInvoice(on.database, ACCOUNT, "INV-2026-000001")).toEqual(one);
    const listed = await listInvoices(on.database, {
      accountId: ACCOUNT,
      subscriptionId: "acme-pets",
      month: "",
    });
    expect(listed.map(({ document }) => document.number)).toEqual(["INV-2027-000001", "INV-2026-000001"]);
  });

  it("are an event each, in the transaction that makes them final", async () => {
    const events = async () =>
      await listBillingEvents(on.database, {
        accountId: ACCOUNT,
        typePrefix: "",
        state: undefined,
        limit: 10,
      });
    await expect(on.finalize(terms("2026-12"))).rejects.toThrow(/is open until/);
    expect(await events()).toEqual([]);
    const [{ document, sha256 }] = [await on.finalize(terms("2026-11")), await on.finalize(terms("2026-11"))];
    const [event, ...others] = await events();
    expect(others).toEqual([]);
    expect(event).toMatchObject({ type: "invoice.finalized", subject: "INV-2026-000001", deliveries: [] });
    expect(JSON.parse(event?.content ?? "")).toEqual({ invoice: document, sha256 });
  });

  it("are other events where a restored database gives the number of one to another", async () => {
    const { document, sha256 } = await on.finalize(terms("2026-11"));
    const announce = (invoice: StoredInvoice) => announceInvoice(on.database, invoice, { nowUnixMs: HOUR });
    await announce({ document, sha256, terms: terms("2026-11") });
    const other = { ...document, issueDate: "2026-12-03" };
    await announce({ document: other, sha256: "0".repeat(64), terms: terms("2026-11") });
    const all = { accountId: ACCOUNT, typePrefix: "", state: undefined, limit: 10 };
    const events = await listBillingEvents(on.database, all);
    expect(events.map(({ content }) => JSON.parse(content).invoice.issueDate)).toEqual([
      "2026-12-02",
      "2026-12-03",
    ]);
  });

  it("are not made of months that the subscription does not charge", async () => {
    await expect(on.finalize(terms("2026-10", { startAt: "2026-11-01" }))).rejects.toThrow(
      "'acme-pets' charges nothing in 2026-10: it starts later, or has ended before",
    );
    await expect(on.finalize(terms("2026-11", { endAt: "2026-11-01" }))).rejects.toThrow(
      /charges nothing in 2026-11/,
    );
    expect((await on.finalize(terms("2026-11"))).document.number).toBe("INV-2026-000001");
  });

  it("do not have a date that does not exist", async () => {
    await expect(on.finalize(terms("2026-11"), { issueDate: "2026-02-30" })).rejects.toThrow(
      "issue_date '2026-02-30' must be a date such as 2026-12-01",
    );
  });

  it("say what is missing before they are final", async () => {
    await on.store.ingest(receivedAt([batchOf("n/0/a", 3, [call(november.startUnixMs)])]));
    await expect(on.finalize(terms("2026-11"))).rejects.toThrow(
      /^2 usage events are missing, and some may be of this invoice \(the first: n\/0\/a, 1 to 2\)/,
    );
    const { document } = await on.finalize(terms("2026-11"), { acceptsMissingEvents: true });
    expect([document.number, document.missingEventCount]).toEqual(["INV-2026-000001", "2"]);
  });
}
