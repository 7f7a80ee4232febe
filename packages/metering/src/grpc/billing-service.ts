import type { GivenTerms, InvoiceDocument, LineRow } from "@tollgate/billing";
import { type BillingService, InvoiceState, type InvoiceTerms } from "@tollgate/proto/billing";
import type { ServiceImplementation } from "@tollgate/proto/grpc";
import { unary } from "@tollgate/proto/rpc";
import type { Logger } from "@tollgate/telemetry";
import { explainLine } from "../invoice/explain-line.ts";
import { finalizeInvoice } from "../invoice/finalize-invoice.ts";
import { findInvoice, listInvoices, type StoredInvoice } from "../invoice/invoice-store.ts";
import { previewInvoice } from "../invoice/preview-invoice.ts";
import { Refusal } from "../refusal.ts";
import type { Database } from "../usage-store/database.ts";
import { toRpcError } from "./refused.ts";

export interface BillingServiceOptions {
  readonly database: Database;
  /** Sources that were not heard of since then are silent. */
  readonly silentBeforeUnixMs: () => number;
  readonly nowUnixMs: () => number;
  readonly logger: Logger;
}

const OWN_ACCOUNT = "000000000000";

function givenTerms(terms: InvoiceTerms | undefined): GivenTerms {
  if (!terms) throw new Refusal("terms are missing");
  const { $typeName: _, ...given } = terms;
  return given;
}

const toLine = (line: LineRow) => ({
  ...line,
  quantity: BigInt(line.quantity),
  steps: line.steps.map((step) => ({
    ...step,
    quantity: BigInt(step.quantity),
    per: BigInt(step.per),
  })),
});

const toInvoice = (document: InvoiceDocument, sha256: string) => ({
  ...document,
  state: document.number === "" ? InvoiceState.PREVIEW : InvoiceState.FINAL,
  lines: document.lines.map(toLine),
  taxes: [...document.taxes],
  unpriced: document.unpriced.map(({ meter, quantity }) => ({ meter, quantity: BigInt(quantity) })),
  missingEventCount: BigInt(document.missingEventCount),
  sha256,
});

const toStoredInvoice = ({ document, sha256 }: StoredInvoice) => toInvoice(document, sha256);

/** createBillingService serves invoices over gRPC. */
export function createBillingService(
  options: BillingServiceOptions,
): ServiceImplementation<typeof BillingService> {
  const { database, silentBeforeUnixMs, nowUnixMs, logger } = options;
  const report = (error: unknown) => logger.error({ err: error }, "a call of billing failed unexpectedly");
  /** A use case whose expected failures are statuses. */
  const served = <Request, Response>(work: (request: Request) => Promise<Response>) =>
    unary(async (request: Request) => {
      try {
        return await work(request);
      } catch (error) {
        throw toRpcError(error);
      }
    }, report);
  return {
    previewInvoice: served(async ({ terms }) => {
      const document = await previewInvoice(database, givenTerms(terms), silentBeforeUnixMs());
      return { invoice: toInvoice(document, "") };
    }),
    finalizeInvoice: served(async ({ terms, issueDate, acceptMissingEvents }) => {
      const stored = await finalizeInvoice(database, {
        given: givenTerms(terms),
        issueDate,
        acceptsMissingEvents: acceptMissingEvents,
        nowUnixMs: nowUnixMs(),
        silentBeforeUnixMs: silentBeforeUnixMs(),
      });
      return { invoice: toStoredInvoice(stored) };
    }),
    listInvoices: served(async ({ accountId, subscriptionId, month }) => {
      const found = await listInvoices(database, {
        accountId: accountId || OWN_ACCOUNT,
        subscriptionId,
        month,
      });
      return { invoices: found.map((invoice) => ({ ...toStoredInvoice(invoice), lines: [] })) };
    }),
    getInvoice: served(async ({ accountId, number }) => {
      const found = await findInvoice(database, accountId || OWN_ACCOUNT, number);
      if (!found) throw new Refusal(`there is no invoice '${number}'`, "not-found");
      return { invoice: toStoredInvoice(found) };
    }),
    explainLine: served(async ({ terms, lineId }) => {
      const { lines, usage } = await explainLine(database, givenTerms(terms), lineId);
      return { lines: lines.map(toLine), usage: [...usage] };
    }),
  };
}
