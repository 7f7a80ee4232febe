import {
  type GivenTerms,
  invoiceDocument,
  monthPeriod,
  readStoredTerms,
  readTerms,
  type Terms,
  TermsInvalid,
} from "@tollgate/billing";
import { countOpen, firstBlocking } from "../reconcile/differences.ts";
import { compareUntil } from "../reconcile/reconcile.ts";
import { Refusal } from "../refusal.ts";
import type { Database, Session } from "../usage-store/database.ts";
import { noteCharged } from "../usage-store/late-usage.ts";
import { missingEvents, unacceptedEvents, unacceptedRuns } from "../usage-store/missing.ts";
import { announceInvoice } from "./announce.ts";
import { type Books, readBooks } from "./books.ts";
import { type Charges, chargeUsage } from "./charge-period.ts";
import { nextNumbers } from "./document-number.ts";
import { type Draft, endDraft } from "./drafts.ts";
import { type Deed, recordEvents } from "./invoice-events.ts";
import { addInvoices, type StoredInvoice } from "./invoice-store.ts";
import { issueDateOf } from "./issue-date.ts";
import { meteredUsageOf } from "./metered-usage.ts";
import { saveRated } from "./rated-months.ts";
import { refuseOpen, subscribedTerms } from "./subscribed-terms.ts";

/** How long after its end a period stays open: usage waits in spools and in Kafka. */
const GRACE_MS = 3_600_000;

/** FinalizingOptions is what all invoices of one call have in common. */
export interface FinalizingOptions extends Deed {
  /** Empty: today in UTC. */
  readonly issueDate: string;
  readonly acceptsMissingEvents: boolean;
  readonly silentBeforeUnixMs: number;
}

/** Inactive is the refusal of a month in which a subscription charges nothing. */
export class Inactive extends Refusal {}

/** After its end, a subscription has invoices only of usage that arrived late. */
function refuseInactive(
  { given, period, active }: Terms,
  { adjustments }: Pick<Charges, "adjustments">,
): void {
  if (active.startUnixMs >= active.endUnixMs && adjustments.length === 0)
    throw new Inactive(
      `'${given.subscriptionId}' charges nothing in ${period.month}: it starts later, or has ended before`,
      "precondition",
    );
}

async function missingNow(session: Session, options: FinalizingOptions): Promise<number> {
  const { silentBeforeUnixMs, acceptsMissingEvents } = options;
  const unaccepted = await unacceptedEvents(session, silentBeforeUnixMs);
  if (unaccepted === 0 || acceptsMissingEvents) return await missingEvents(session, silentBeforeUnixMs);
  const [first] = await unacceptedRuns(session, silentBeforeUnixMs, 1);
  const where = first ? ` (the first: ${first.source}, ${first.firstSeq} to ${first.lastSeq})` : "";
  throw new Refusal(
    `${unaccepted} usage events are missing, and some may be of this invoice${where}: see ListSources, or accept that a later invoice charges what arrives of them`,
    "precondition",
  );
}

/** Usage of the months that are rated must be what nodes sent. */
async function refuseDifferent(
  session: Session,
  { given, period }: Terms,
  rated: Charges["rated"],
): Promise<void> {
  const starts = rated.map(({ month }) => monthPeriod(month, given.timeZone || "UTC").startUnixMs);
  const difference = await firstBlocking(session, {
    ...given,
    startUnixMs: Math.min(period.startUnixMs, ...starts),
    endUnixMs: period.endUnixMs,
  });
  if (difference)
    throw new Refusal(
      `countings of the usage do not agree: ${difference.problem} (${difference.id}): see 'tollgate usage status', and audit the time or accept it`,
      "precondition",
    );
}

/** Finalized is what became of one invoice of a call: it is final, or why it is not. */
export type Finalized = { readonly invoice: StoredInvoice } | { readonly refused: Refusal | TermsInvalid };

/** What is refused is the result of one invoice; anything else is that of all. */
function refusedBy(error: unknown): { readonly refused: Refusal | TermsInvalid } {
  if (error instanceof Refusal || error instanceof TermsInvalid) return { refused: error };
  throw error;
}

function attempt<T>(work: () => T): T | { readonly refused: Refusal | TermsInvalid } {
  try {
    return work();
  } catch (error) {
    return refusedBy(error);
  }
}

/** An invoice that becomes final, before it has a number. */
interface Pending {
  /** Its place in the call. */
  readonly place: number;
  readonly terms: Terms;
  readonly draft: Draft | undefined;
  readonly books: Books;
}

interface Charged extends Pending {
  readonly charges: Charges;
}

/** What is not final yet of some months, by the terms of their drafts where there are some; what is final, or must stay open, is a result. */
function pendingOf(
  asked: readonly { readonly place: number; readonly terms: Terms }[],
  booksOf: (subscriptionId: string) => Books,
  { nowUnixMs }: FinalizingOptions,
  results: Finalized[],
): readonly Pending[] {
  return asked.flatMap(({ place, terms: own }) => {
    const { subscriptionId, month } = own.given;
    const books = booksOf(subscriptionId);
    const invoice = books.invoices.find(({ document }) => document.month === month);
    const made = attempt((): Finalized | Pending => {
      if (invoice) return { invoice };
      const draft = books.drafts.find(({ terms }) => terms.month === month);
      const terms = draft ? readStoredTerms(draft.terms) : own;
      refuseOpen(terms, nowUnixMs, GRACE_MS);
      return { place, terms, draft, books };
    });
    if ("place" in made) return [made];
    results[place] = made;
    return [];
  });
}

/** Numbers and stores invoices of one account. Nothing is refused from here on: numbers have no holes. */
async function store(
  session: Session,
  charged: readonly Charged[],
  { issueDate, missingEventCount }: { readonly issueDate: string; readonly missingEventCount: number },
  deed: Deed,
): Promise<readonly StoredInvoice[]> {
  const [first] = charged;
  if (!first) return [];
  const { accountId } = first.terms.given;
  const numbers = await nextNumbers(session, accountId, "INV", issueDate, charged.length);
  const made = charged.map(({ terms, charges: { rated, ...charges }, draft }, i) => {
    const number = numbers[i] ?? "";
    const document = invoiceDocument({ terms, ...charges, number, issueDate, missingEventCount });
    return { number, document, terms: terms.given, period: terms.period, rated, draft };
  });
  await saveRated(
    session,
    made.map(({ terms, rated }) => ({ ...terms, months: rated })),
  );
  await noteCharged(session, accountId, Math.max(...made.map(({ period }) => period.endUnixMs)));
  for (const { draft, number } of made) if (draft) await endDraft(session, draft, "FINAL", number);
  await recordEvents(
    session,
    made.map(({ number, draft }) => ({
      accountId,
      action: "FINALIZED",
      document: number,
      reason: draft?.number ?? "",
    })),
    deed,
  );
  const stored = await addInvoices(session, made);
  for (const invoice of stored) await announceInvoice(session, invoice, deed);
  return stored;
}

/** The charges of invoices of one account that may become final; what is refused is a result. */
async function chargeAll(
  session: Session,
  pending: readonly Pending[],
  options: FinalizingOptions,
  results: Finalized[],
): Promise<{ readonly charged: readonly Charged[]; readonly missingEventCount: number }> {
  const usage = await meteredUsageOf(
    session,
    pending.map(({ terms }) => terms),
  );
  const open = await countOpen(session);
  const missing = await missingNow(session, options).catch(refusedBy);
  const charged: Charged[] = [];
  for (const one of pending) {
    const { terms, books, place } = one;
    try {
      const charges = await chargeUsage(session, terms, { books, usage: usage.get(terms) ?? [] });
      refuseInactive(terms, charges);
      if (typeof missing !== "number") throw missing.refused;
      if (open.LEDGER + open.INVOICE > 0) await refuseDifferent(session, terms, charges.rated);
      charged.push({ ...one, charges });
    } catch (error) {
      results[place] = refusedBy(error);
    }
  }
  return { charged, missingEventCount: typeof missing === "number" ? missing : 0 };
}

/** Terms that can be charged, each of another subscription: an invoice depends on those before it. */
function askedOf(givens: readonly GivenTerms[], results: Finalized[]) {
  const seen = new Set<string>();
  return givens.flatMap((given, place) => {
    const terms = attempt(() => {
      const read = subscribedTerms(readTerms(given));
      const name = JSON.stringify([read.given.accountId, read.given.subscriptionId]);
      if (seen.has(name))
        throw new Refusal(
          `'${given.subscriptionId}' is named twice: finalize its months one after the other`,
        );
      seen.add(name);
      return read;
    });
    if (!("refused" in terms)) return [{ place, terms }];
    results[place] = terms;
    return [];
  });
}

/**
 * finalizeInvoices is BillingService.FinalizeInvoices: it makes invoices of several subscriptions final, in one transaction with their numbers, and
 * returns what became of each, in their order. One process at a time makes final invoices: there is one for each period, numbers have no
 * holes, and none changes afterwards. A month that has a draft is charged by the terms of the draft.
 */
export async function finalizeInvoices(
  database: Database,
  givens: readonly GivenTerms[],
  options: FinalizingOptions,
): Promise<readonly Finalized[]> {
  const results: Finalized[] = [];
  const asked = askedOf(givens, results);
  const issueDate = issueDateOf(options.issueDate, options.nowUnixMs);
  if (asked.length === 0) return results;
  const ends = asked.map(({ terms }) => terms.period.endUnixMs);
  await compareUntil(database, Math.max(...ends), options.nowUnixMs);
  await database.exclusive(async (session) => {
    for (const [accountId, own] of Map.groupBy(asked, ({ terms }) => terms.given.accountId)) {
      const given = own.map(({ terms }) => terms.given);
      const subscriptionIds = given.map(({ subscriptionId }) => subscriptionId);
      const booksOf = await readBooks(session, { accountId, subscriptionIds }, given);
      const pending = pendingOf(own, booksOf, options, results);
      const { charged, missingEventCount } = await chargeAll(session, pending, options, results);
      const stored = await store(session, charged, { issueDate, missingEventCount }, options);
      for (const [i, { place }] of charged.entries())
        results[place] = { invoice: stored[i] as StoredInvoice };
    }
  });
  return results;
}

export interface FinalizeOptions extends FinalizingOptions {
  readonly given: GivenTerms;
}

/** finalizeInvoice is BillingService.FinalizeInvoice: finalizeInvoices for one. */
export async function finalizeInvoice(
  database: Database,
  { given, ...options }: FinalizeOptions,
): Promise<StoredInvoice> {
  const [result] = await finalizeInvoices(database, [given], options);
  if (result && "invoice" in result) return result.invoice;
  throw result?.refused ?? new Error(`'${given.subscriptionId}' has no result`);
}
