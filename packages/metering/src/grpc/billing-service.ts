import {
  type GivenTerms,
  invoicePage,
  invoicePdf,
  type KeyAllowance,
  NotPrintable,
  type ShownDocument,
  TermsInvalid,
  UblImpossible,
  ublDocument,
} from "@tollgate/billing";
import { type BillingService, InvoiceFormat, type RenderInvoiceRequest } from "@tollgate/proto/billing";
import type { ServiceImplementation } from "@tollgate/proto/grpc";
import { unary } from "@tollgate/proto/rpc";
import type { Logger } from "@tollgate/telemetry";
import { creditInvoice } from "../invoice/credit-invoice.ts";
import { creditNotesFor, listCreditNotes } from "../invoice/credit-note-store.ts";
import { draftInvoice, voidDraft } from "../invoice/draft-invoice.ts";
import { type Draft, listDrafts } from "../invoice/drafts.ts";
import { explainLine } from "../invoice/explain-line.ts";
import { type Finalized, finalizeInvoice, finalizeInvoices, Inactive } from "../invoice/finalize-invoice.ts";
import { type FoundDocument, findByNumber } from "../invoice/find-by-number.ts";
import { type Deed, listEvents } from "../invoice/invoice-events.ts";
import { listInvoices } from "../invoice/invoice-store.ts";
import { previewInvoice } from "../invoice/preview-invoice.ts";
import { verifyInvoices } from "../invoice/verify-invoices.ts";
import { Refusal } from "../refusal.ts";
import type { Database } from "../usage-store/database.ts";
import { givenTerms, toCreditNote, toDraft, toInvoice, toLine, toPreview } from "./invoice-messages.ts";
import { toRpcError } from "./refused.ts";

export interface BillingServiceOptions {
  readonly database: Database;
  /** Sources that were not heard of since then are silent. */
  readonly silentBeforeUnixMs: () => number;
  readonly nowUnixMs: () => number;
  readonly logger: Logger;
}

const PROBLEMS_MAX = 1_000;
/** Invoices of one transaction: others wait for it. */
const FINALIZED_MAX = 100;
const OWN_ACCOUNT = "000000000000";

type Billing = ServiceImplementation<typeof BillingService>;
type Served = <Request, Response>(
  work: (request: Request, deed: Deed) => Promise<Response>,
) => ReturnType<typeof unary<Request, Response>>;

/** Use cases whose expected failures are statuses. */
function serving({ logger, nowUnixMs }: BillingServiceOptions): Served {
  const report = (error: unknown) => logger.error({ err: error }, "a call of billing failed unexpectedly");
  return (work) =>
    unary(async (request, { operator }) => {
      try {
        return await work(request, { actor: operator.name, nowUnixMs: nowUnixMs() });
      } catch (error) {
        throw toRpcError(error);
      }
    }, report);
}

type Reading = Pick<
  Billing,
  | "previewInvoice"
  | "listInvoices"
  | "getInvoice"
  | "renderInvoice"
  | "explainLine"
  | "verifyInvoices"
  | "listInvoiceEvents"
>;

/** A draft as its usage is now. */
async function ratedDraft({ database, silentBeforeUnixMs }: BillingServiceOptions, draft: Draft) {
  const document = await previewInvoice(database, draft.terms, silentBeforeUnixMs());
  return { ...toPreview(document), ...toDraft(draft) };
}

/** What a number of a document is of. */
async function findDocument(options: BillingServiceOptions, accountId: string, number: string) {
  const { database, silentBeforeUnixMs } = options;
  const found = await findByNumber(database, accountId, number, silentBeforeUnixMs());
  if (!found) throw new Refusal(`there is no invoice '${number}'`, "not-found");
  return found;
}

async function toMessage({ database }: BillingServiceOptions, accountId: string, found: FoundDocument) {
  switch (found.kind) {
    case "invoice":
      return toInvoice(found, await creditNotesFor(database, accountId, [found.document.number]));
    case "credit-note":
      return toCreditNote(found);
    case "draft":
      return { ...toPreview(found.document), ...toDraft(found.draft) };
  }
}

const toAllowance = ({ apiKeyId, quantity, included }: KeyAllowance) => ({
  apiKeyId,
  quantity,
  included,
  overage: quantity - included,
});

function renderedUbl(found: FoundDocument) {
  if (found.kind === "draft")
    throw new Refusal(
      `'${found.draft.number}' is not final: only final documents are exchanged`,
      "precondition",
    );
  try {
    return { contentType: "application/xml", content: Buffer.from(ublDocument(found.document)) };
  } catch (error) {
    if (error instanceof UblImpossible) throw new Refusal(error.message, "precondition");
    throw error;
  }
}

async function renderedPdf(document: ShownDocument, sha256: string) {
  try {
    return { contentType: "application/pdf", content: await invoicePdf(document, sha256) };
  } catch (error) {
    if (!(error instanceof NotPrintable)) throw error;
    throw new Refusal(`${error.message}: use the HTML page, and print it as a PDF`, "precondition");
  }
}

async function rendered({ format }: RenderInvoiceRequest, found: FoundDocument) {
  if (format === InvoiceFormat.UBL) return renderedUbl(found);
  if (format !== InvoiceFormat.HTML && format !== InvoiceFormat.PDF)
    throw new Refusal(`format ${format} is not supported: use HTML, UBL or PDF`);
  const title = found.kind === "draft" ? { number: found.draft.number, state: found.draft.state } : {};
  const sha256 = found.kind === "draft" ? "" : found.sha256;
  const document = { ...found.document, ...title };
  if (format === InvoiceFormat.PDF) return await renderedPdf(document, sha256);
  return { contentType: "text/html; charset=utf-8", content: Buffer.from(invoicePage(document, sha256)) };
}

function reading(served: Served, options: BillingServiceOptions): Reading {
  const { database, silentBeforeUnixMs } = options;
  return {
    previewInvoice: served(async ({ terms }) => {
      const document = await previewInvoice(database, givenTerms(terms), silentBeforeUnixMs());
      return { invoice: toPreview(document) };
    }),
    listInvoices: served(async ({ accountId, subscriptionId, month }) => {
      const of = { accountId: accountId || OWN_ACCOUNT, subscriptionId, month };
      const invoices = await listInvoices(database, of);
      const numbers = invoices.map(({ document }) => document.number);
      const given = await creditNotesFor(database, of.accountId, numbers);
      const listed = [
        ...invoices.map((invoice) => toInvoice(invoice, given)),
        ...(await listCreditNotes(database, of)).map(toCreditNote),
      ];
      return {
        invoices: [
          ...(await listDrafts(database, of)).map(toDraft),
          ...listed.map((one) => ({ ...one, lines: [] })),
        ],
      };
    }),
    getInvoice: served(async ({ accountId, number }) => {
      const account = accountId || OWN_ACCOUNT;
      return { invoice: await toMessage(options, account, await findDocument(options, account, number)) };
    }),
    renderInvoice: served(async (request) =>
      rendered(request, await findDocument(options, request.accountId || OWN_ACCOUNT, request.number)),
    ),
    explainLine: served(async ({ terms, lineId }) => {
      const { lines, usage, keys } = await explainLine(database, givenTerms(terms), lineId);
      return { lines: lines.map(toLine), usage: [...usage], keys: keys.map(toAllowance) };
    }),
    verifyInvoices: served(async ({ accountId, subscriptionId, month }) => {
      const of = { accountId: accountId || OWN_ACCOUNT, subscriptionId, month };
      const { documentCount, problems } = await verifyInvoices(database, of);
      return {
        documentCount: BigInt(documentCount),
        problemCount: BigInt(problems.length),
        problems: problems.slice(0, PROBLEMS_MAX),
      };
    }),
    listInvoiceEvents: served(async ({ accountId, number }) => {
      const of = { accountId: accountId || OWN_ACCOUNT, document: number };
      const events = await listEvents(database, of);
      return { events: events.map(({ document, ...event }) => ({ ...event, number: document })) };
    }),
  };
}

const toFinalized = (result: Finalized) =>
  "invoice" in result
    ? { invoice: { ...toInvoice(result.invoice, []), lines: [] }, problem: "", inactive: false }
    : { problem: problemText(result.refused), inactive: result.refused instanceof Inactive };

const problemText = (refused: Refusal | TermsInvalid): string =>
  refused instanceof TermsInvalid
    ? [refused.message, ...refused.problems.map(({ path, message }) => `${path}: ${message}`)].join("; ")
    : refused.message;

function writing(served: Served, options: BillingServiceOptions): Omit<Billing, keyof Reading> {
  const { database, silentBeforeUnixMs } = options;
  return {
    draftInvoice: served(async ({ terms }, deed) => {
      const given: GivenTerms = givenTerms(terms);
      return { invoice: await ratedDraft(options, await draftInvoice(database, given, deed)) };
    }),
    voidDraft: served(async ({ accountId, number, reason }, deed) => {
      const of = { accountId: accountId || OWN_ACCOUNT, number, reason };
      return { invoice: toDraft(await voidDraft(database, { ...of, ...deed })) };
    }),
    finalizeInvoice: served(async ({ terms, issueDate, acceptMissingEvents }, deed) => {
      const stored = await finalizeInvoice(database, {
        ...deed,
        given: givenTerms(terms),
        issueDate,
        acceptsMissingEvents: acceptMissingEvents,
        silentBeforeUnixMs: silentBeforeUnixMs(),
      });
      const { accountId, number } = stored.document;
      return { invoice: toInvoice(stored, await creditNotesFor(database, accountId, [number])) };
    }),
    finalizeInvoices: served(async ({ terms, issueDate, acceptMissingEvents }, deed) => {
      if (terms.length > FINALIZED_MAX)
        throw new Refusal(`there are ${terms.length} terms: at most ${FINALIZED_MAX} are allowed at once`);
      const results = await finalizeInvoices(database, terms.map(givenTerms), {
        ...deed,
        issueDate,
        acceptsMissingEvents: acceptMissingEvents,
        silentBeforeUnixMs: silentBeforeUnixMs(),
      });
      return { results: results.map(toFinalized) };
    }),
    creditInvoice: served(async ({ accountId, lines, ...rest }, deed) => {
      const stored = await creditInvoice(database, {
        ...rest,
        ...deed,
        accountId: accountId || OWN_ACCOUNT,
        wanted: lines,
      });
      return { creditNote: toCreditNote(stored) };
    }),
  };
}

/** createBillingService serves invoices over gRPC. */
export function createBillingService(options: BillingServiceOptions): Billing {
  const served = serving(options);
  return { ...reading(served, options), ...writing(served, options) };
}
