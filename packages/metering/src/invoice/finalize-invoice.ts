import { type GivenTerms, invoiceDocument, readTerms, type Terms } from "@tollgate/billing";
import { isDate } from "@tollgate/config";
import { Refusal } from "../refusal.ts";
import type { Database, Session } from "../usage-store/database.ts";
import { missingEvents } from "../usage-store/sources.ts";
import { type Charges, chargePeriod } from "./charge-period.ts";
import { addInvoice, listInvoices, nextNumber, type StoredInvoice } from "./invoice-store.ts";

/** How long after its end a period stays open: usage waits in spools and in Kafka. */
const GRACE_MS = 3_600_000;

export interface FinalizeOptions {
  readonly given: GivenTerms;
  /** Empty: today in UTC. */
  readonly issueDate: string;
  readonly acceptsMissingEvents: boolean;
  readonly nowUnixMs: number;
  readonly silentBeforeUnixMs: number;
}

const iso = (unixMs: number) => new Date(unixMs).toISOString();

function issueDateOf(given: string, nowUnixMs: number): string {
  if (given === "") return iso(nowUnixMs).slice(0, "2026-12-01".length);
  if (!isDate(given)) throw new Refusal(`issue_date '${given}' must be a date such as 2026-12-01`);
  return given;
}

function refuseOpen({ period }: Terms, nowUnixMs: number): void {
  const closesUnixMs = period.endUnixMs + GRACE_MS;
  if (nowUnixMs < closesUnixMs)
    throw new Refusal(
      `${period.month} is open until ${iso(closesUnixMs)}, an hour after its end in ${period.timeZone}: preview it, or finalize it then`,
      "precondition",
    );
}

/** After its end, a subscription has invoices only of usage that arrived late. */
function refuseInactive({ given, period, active }: Terms, { adjustments }: Charges): void {
  if (active.startUnixMs >= active.endUnixMs && adjustments.length === 0)
    throw new Refusal(
      `'${given.subscriptionId}' charges nothing in ${period.month}: it starts later, or has ended before`,
      "precondition",
    );
}

async function missingNow(session: Session, options: FinalizeOptions): Promise<number> {
  const missing = await missingEvents(session, options.silentBeforeUnixMs);
  if (missing > 0 && !options.acceptsMissingEvents)
    throw new Refusal(
      `${missing} usage events are missing, and some may be of this invoice: see ListSources, or accept that a later invoice charges what arrives of them`,
      "precondition",
    );
  return missing;
}

/**
 * finalizeInvoice is BillingService.FinalizeInvoice. One process at a time makes final invoices, each in one transaction with its number: there
 * is one for each period, numbers have no holes, and none changes afterwards.
 */
export async function finalizeInvoice(database: Database, options: FinalizeOptions): Promise<StoredInvoice> {
  const terms = readTerms(options.given);
  const { accountId, subscriptionId, month } = terms.given;
  if (subscriptionId === "")
    throw new Refusal("subscription_id is missing: the usage of a whole account can only be previewed");
  const issueDate = issueDateOf(options.issueDate, options.nowUnixMs);
  return await database.exclusive(async (session) => {
    const [stored] = await listInvoices(session, { accountId, subscriptionId, month });
    if (stored) return stored;
    refuseOpen(terms, options.nowUnixMs);
    const charges = await chargePeriod(session, terms);
    refuseInactive(terms, charges);
    const missingEventCount = await missingNow(session, options);
    const number = await nextNumber(session, accountId, issueDate.slice(0, "2026".length));
    const document = invoiceDocument({ terms, ...charges, number, issueDate, missingEventCount });
    return await addInvoice(session, document, terms.given);
  });
}
