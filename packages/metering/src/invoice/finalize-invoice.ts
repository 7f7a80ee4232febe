import {
  type GivenTerms,
  invoiceDocument,
  monthPeriod,
  readStoredTerms,
  readTerms,
  type Terms,
} from "@tollgate/billing";
import { firstBlocking } from "../reconcile/differences.ts";
import { compareUntil } from "../reconcile/reconcile.ts";
import { Refusal } from "../refusal.ts";
import type { Database, Session } from "../usage-store/database.ts";
import { noteCharged } from "../usage-store/late-usage.ts";
import { missingEvents, unacceptedEvents, unacceptedRuns } from "../usage-store/missing.ts";
import { announceInvoice } from "./announce.ts";
import { type Charges, chargePeriod } from "./charge-period.ts";
import { nextNumber } from "./document-number.ts";
import { endDraft, openDraft } from "./drafts.ts";
import { type Deed, recordEvent } from "./invoice-events.ts";
import { addInvoice, listInvoices, type StoredInvoice } from "./invoice-store.ts";
import { issueDateOf } from "./issue-date.ts";
import { saveRated } from "./rated-months.ts";
import { refuseOpen, subscribedTerms } from "./subscribed-terms.ts";

/** How long after its end a period stays open: usage waits in spools and in Kafka. */
const GRACE_MS = 3_600_000;

export interface FinalizeOptions extends Deed {
  readonly given: GivenTerms;
  /** Empty: today in UTC. */
  readonly issueDate: string;
  readonly acceptsMissingEvents: boolean;
  readonly silentBeforeUnixMs: number;
}

/** After its end, a subscription has invoices only of usage that arrived late. */
function refuseInactive(
  { given, period, active }: Terms,
  { adjustments }: Pick<Charges, "adjustments">,
): void {
  if (active.startUnixMs >= active.endUnixMs && adjustments.length === 0)
    throw new Refusal(
      `'${given.subscriptionId}' charges nothing in ${period.month}: it starts later, or has ended before`,
      "precondition",
    );
}

async function missingNow(session: Session, options: FinalizeOptions): Promise<number> {
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

/**
 * finalizeInvoice is BillingService.FinalizeInvoice. One process at a time makes final invoices, each in one transaction with its number: there
 * is one for each period, numbers have no holes, and none changes afterwards. A month that has a draft is charged by the terms of the draft.
 */
export async function finalizeInvoice(database: Database, options: FinalizeOptions): Promise<StoredInvoice> {
  const asked = subscribedTerms(readTerms(options.given));
  const { accountId, subscriptionId, month } = asked.given;
  const issueDate = issueDateOf(options.issueDate, options.nowUnixMs);
  await compareUntil(database, asked.period.endUnixMs, options.nowUnixMs);
  return await database.exclusive(async (session) => {
    const of = { accountId, subscriptionId, month };
    const [stored] = await listInvoices(session, of);
    if (stored) return stored;
    const draft = await openDraft(session, of);
    const terms = draft ? readStoredTerms(draft.terms) : asked;
    refuseOpen(terms, options.nowUnixMs, GRACE_MS);
    const { rated, ...charges } = await chargePeriod(session, terms);
    refuseInactive(terms, charges);
    const missingEventCount = await missingNow(session, options);
    await refuseDifferent(session, terms, rated);
    const number = await nextNumber(session, accountId, "INV", issueDate);
    const document = invoiceDocument({ terms, ...charges, number, issueDate, missingEventCount });
    await saveRated(session, terms.given, rated);
    await noteCharged(session, accountId, terms.period.endUnixMs);
    if (draft) await endDraft(session, draft, "FINAL", number);
    await recordEvent(
      session,
      { accountId, action: "FINALIZED", document: number, reason: draft?.number ?? "" },
      options,
    );
    const invoice = await addInvoice(session, document, terms.given);
    await announceInvoice(session, invoice, options);
    return invoice;
  });
}
