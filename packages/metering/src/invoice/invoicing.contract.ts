import { beforeEach } from "vitest";
import { type GivenTerms, type InvoiceDocument, monthPeriod } from "@tollgate/billing";
import { batchOf, type EventInit, receivedAt } from "../usage-store/batches.contract.ts";
import type { Database } from "../usage-store/database.ts";
import type { OpenDatabase } from "../usage-store/storing.contract.ts";
import { UsageStore } from "../usage-store/usage-store.ts";
import { finalizeInvoice } from "./finalize-invoice.ts";
import type { Deed } from "./invoice-events.ts";
import { previewInvoice } from "./preview-invoice.ts";

/** What invoices are made of in the specs of this folder. */
export const ACCOUNT = "000000000000";
export const ZONE = "Asia/Kolkata";
export const HOUR = 3_600_000;
export const october = monthPeriod("2026-10", ZONE);
export const november = monthPeriod("2026-11", ZONE);

/** Tiers that are small, so that late usage crosses them. */
export const planJson = (amount: string) =>
  JSON.stringify({
    currency: "EUR",
    versions: [
      {
        from: "2026-01-01",
        prices: [
          {
            id: "calls",
            model: "VOLUME",
            meter: "rest.request",
            included: 2,
            tiers: [{ upTo: 5, amount }, { amount: "0.005" }],
          },
          { id: "bytes", model: "PACKAGE", meter: "transfer.byte", size: 1000, amount: "0.013" },
          { id: "base", model: "FEE", amount: "9.99" },
        ],
        minimum: "0.05",
        tax: { rate: "19" },
      },
    ],
  });

export const terms = (month: string, more: Partial<GivenTerms> = {}): GivenTerms => ({
  accountId: ACCOUNT,
  subscriptionId: "acme-pets",
  month,
  timeZone: ZONE,
  pricePlanJson: planJson("0.01"),
  customerJson: '{"name":"Acme"}',
  apiKeyIds: ["ada", "ben"],
  usagePlanIds: ["gold"],
  startAt: "2026-01-01",
  endAt: "",
  ...more,
});

export const call = (atMs: number, more: EventInit = {}): EventInit => ({
  atMs,
  apiKeyId: "ada",
  usagePlanId: "gold",
  ...more,
});

export const amounts = ({ lines }: InvoiceDocument) =>
  lines.map(({ kind, id, forMonth, amount }) => [kind === "ADJUSTMENT" ? forMonth : kind, id, amount]);

/** Invoicing is metering on an empty database, for each test. */
export interface Invoicing {
  readonly database: Database;
  readonly store: UsageStore;
  ingest(...events: readonly EventInit[]): Promise<void>;
  preview(given: GivenTerms): Promise<InvoiceDocument>;
  finalize(given: GivenTerms, more?: object): ReturnType<typeof finalizeInvoice>;
}

/** Somebody, two months after the usage of these specs. */
export const deed: Deed = { actor: "ada", nowUnixMs: november.endUnixMs + 60 * 24 * HOUR };

/** useInvoicing opens a database before each test of a suite. */
export function useInvoicing(open: OpenDatabase): Invoicing {
  let database: Database;
  let store: UsageStore;
  let seq: number;
  beforeEach(async () => {
    const opened = await open();
    ({ database } = opened);
    store = await UsageStore.open(database);
    seq = 0;
    return async () => {
      await database[Symbol.asyncDispose]();
      await opened.close();
    };
  });
  return {
    get database() {
      return database;
    },
    get store() {
      return store;
    },
    async ingest(...events) {
      await store.ingest(receivedAt([batchOf("n/0/a", seq + 1, events)]));
      seq += events.length;
    },
    preview: (given) => previewInvoice(database, given, 0),
    finalize: (given, more = {}) =>
      finalizeInvoice(database, {
        actor: "ada",
        given,
        issueDate: "2026-12-02",
        acceptsMissingEvents: false,
        nowUnixMs: november.endUnixMs + HOUR,
        silentBeforeUnixMs: 0,
        ...more,
      }),
  };
}
