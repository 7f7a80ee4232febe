import { type GivenTerms, type InvoiceDocument, invoiceDocument, readTerms } from "@tollgate/billing";
import type { Session } from "../usage-store/database.ts";
import { missingEvents } from "../usage-store/missing.ts";
import { chargePeriod } from "./charge-period.ts";

/** previewInvoice is BillingService.PreviewInvoice. */
export async function previewInvoice(
  database: Session,
  given: GivenTerms,
  silentBeforeUnixMs: number,
): Promise<InvoiceDocument> {
  const terms = readTerms(given);
  const { rated: _, ...charges } = await chargePeriod(database, terms);
  return invoiceDocument({
    terms,
    ...charges,
    number: "",
    issueDate: "",
    missingEventCount: await missingEvents(database, silentBeforeUnixMs),
  });
}
