import { expect, it } from "vitest";
import { listBillingEvents } from "../billing-events/events.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { creditInvoice } from "./credit-invoice.ts";
import { draftInvoice, voidDraft } from "./draft-invoice.ts";
import { listDrafts } from "./drafts.ts";
import { findByNumber } from "./find-by-number.ts";
import { listEvents } from "./invoice-events.ts";
import { ACCOUNT, call, deed, HOUR, november, planJson, terms, useInvoicing } from "./invoicing.contract.ts";

/** Terms that are fixed before their invoice is final. */
export function describeDrafts(open: OpenDatabase): void {
  const on = useInvoicing(open);
  const given = terms("2026-11");
  const discard = (number: string, reason = "wrong plan") =>
    voidDraft(on.database, { ...deed, accountId: ACCOUNT, number, reason });

  it("keep the terms of their month, and not its usage", async () => {
    await on.ingest(call(november.startUnixMs));
    const draft = await draftInvoice(on.database, given, { ...deed, nowUnixMs: november.endUnixMs });
    expect(draft).toMatchObject({ number: "DRAFT-000001", state: "DRAFT" });
    // Neither another price nor another key changes what the month is charged by.
    const changed = terms("2026-11", { pricePlanJson: planJson("5"), apiKeyIds: ["eve"] });
    expect(await draftInvoice(on.database, changed, deed)).toEqual(draft);
    await on.ingest(...[1, 2, 3].map(() => call(november.startUnixMs)));
    const final = await on.finalize(changed);
    expect(final.terms).toEqual(given);
    expect(final.document.lines[0]).toMatchObject({ id: "calls", quantity: "4", amount: "0.02" });
    expect(await listDrafts(on.database, { accountId: ACCOUNT, subscriptionId: "", month: "" })).toEqual([]);
    for (const number of ["DRAFT-000001", "INV-2026-000001"])
      expect(await findByNumber(on.database, ACCOUNT, number, 0)).toMatchObject({
        kind: "invoice",
        ...final,
      });
    const events = await listEvents(on.database, { accountId: ACCOUNT, document: "" });
    expect(events.map(({ action, document, actor, reason }) => [action, document, actor, reason])).toEqual([
      ["FINALIZED", "INV-2026-000001", "ada", "DRAFT-000001"],
      ["DRAFTED", "DRAFT-000001", "ada", ""],
    ]);
  });

  it("keep the seller, and final invoices and their credit notes too", async () => {
    const seller = (name: string) => JSON.stringify({ name, address: { country: "DE" }, paymentDays: 10 });
    await draftInvoice(on.database, { ...given, sellerJson: seller("Pets") }, deed);
    const { document } = await on.finalize({ ...given, sellerJson: seller("Dogs") });
    expect(document).toMatchObject({
      sellerJson: seller("Pets"),
      issueDate: "2026-12-02",
      dueDate: "2026-12-12",
    });
    const note = await creditInvoice(on.database, {
      ...deed,
      accountId: ACCOUNT,
      number: document.number,
      wanted: [],
      reason: "an outage",
      reference: "",
      issueDate: "2026-12-10",
    });
    expect(note.document.sellerJson).toBe(seller("Pets"));
    await expect(on.preview({ ...given, sellerJson: '{"address":{"country":"Germany"}}' })).rejects.toThrow(
      "the seller is wrong",
    );
    // Terms that were stored before there were sellers.
    const { sellerJson: _, ...before } = terms("2026-10");
    expect((await on.finalize(before)).document).not.toHaveProperty("sellerJson");
  });

  it("are given up with a reason, and can be made again with other terms", async () => {
    await draftInvoice(on.database, given, deed);
    await expect(discard("DRAFT-000001", " ")).rejects.toThrow("reason is missing");
    expect(await discard("DRAFT-000001")).toMatchObject({ state: "VOID" });
    expect(await discard("DRAFT-000001")).toMatchObject({ state: "VOID" });
    const of = { accountId: ACCOUNT, typePrefix: "", state: undefined, limit: 10 };
    expect(
      (await listBillingEvents(on.database, of)).map(({ type, subject }) => `${type} ${subject}`).sort(),
    ).toEqual(["invoice.drafted DRAFT-000001", "invoice.voided DRAFT-000001"]);
    const other = terms("2026-11", { pricePlanJson: planJson("5") });
    expect(await draftInvoice(on.database, other, deed)).toMatchObject({
      number: "DRAFT-000002",
      terms: other,
    });
    const { terms: used } = await on.finalize(given);
    expect(used).toEqual(other);
    const all = { accountId: ACCOUNT, subscriptionId: "acme-pets", month: "2026-11" };
    expect((await listDrafts(on.database, all)).map(({ number, state }) => [number, state])).toEqual([
      ["DRAFT-000001", "VOID"],
    ]);
    const events = await listEvents(on.database, { accountId: ACCOUNT, document: "DRAFT-000001" });
    expect(events.map(({ action, reason }) => [action, reason])).toEqual([
      ["VOIDED", "wrong plan"],
      ["DRAFTED", ""],
    ]);
  });

  it("are not made of months that are open or final, and what is final is not void", async () => {
    const early = { ...deed, nowUnixMs: november.endUnixMs - 1 };
    await expect(draftInvoice(on.database, given, early)).rejects.toThrow(
      "2026-11 is open until 2026-11-30T18:30:00.000Z, its end in Asia/Kolkata: preview it, or finalize it then",
    );
    await draftInvoice(on.database, given, deed);
    await on.finalize(given, { nowUnixMs: november.endUnixMs + HOUR });
    await expect(draftInvoice(on.database, given, deed)).rejects.toThrow(
      "2026-11 has a final invoice, INV-2026-000001",
    );
    const message = "'INV-2026-000001' is final, and what has a number is never void: credit it instead";
    for (const number of ["INV-2026-000001", "DRAFT-000001"])
      await expect(discard(number)).rejects.toThrow(message);
    for (const number of [
      "DRAFT-1",
      "DRAFT-0000001",
      "DRAFT-000007",
      "DRAFT-x",
      "",
      "DRAFT-99999999999999999999",
    ])
      await expect(discard(number)).rejects.toThrow(`there is no draft '${number}'`);
  });
}
