export { type Adjustment, adjustmentsOf } from "./invoice/adjust.ts";
export { type Credit, carriedLines, creditsLeft } from "./invoice/carry.ts";
export {
  type CreditNoteDocument,
  CreditRefused,
  type CreditRow,
  creditNote,
  type WantedCredit,
} from "./invoice/credit-note.ts";
export { documentText, type InvoiceDocument, invoiceDocument, type TaxRow } from "./invoice/document.ts";
export { type LineRow, lineRow } from "./invoice/line-row.ts";
export { wrongSums } from "./invoice/sums.ts";
export { type GivenTerms, readStoredTerms, readTerms, type Terms, TermsInvalid } from "./invoice/terms.ts";
export { apportion } from "./money/apportion.ts";
export { formatDecimal, parseDecimal } from "./money/decimal.ts";
export { amountMicros, formatAmount, formatMicros, parseAmount, ratedMicros } from "./money/micros.ts";
export { type Rational, toText } from "./money/rational.ts";
export type { ShownDocument } from "./page/document-texts.ts";
export { invoicePage } from "./page/invoice-page.ts";
export { invoicePdf } from "./pdf/invoice-pdf.ts";
export { NotPrintable } from "./pdf/sheets.ts";
export { type CalendarUnit, calendarPeriods } from "./period/calendar-periods.ts";
export { momentOf, monthOf, monthPeriod, type Period } from "./period/period.ts";
export { awsPublicPlan } from "./price-plan/aws-public.ts";
export type { KeyAllowance } from "./rating/key-allowances.ts";
export type { Line, TaxRule } from "./rating/line.ts";
export { allowancesOf, type Rating, type RatingInput, ratePeriod } from "./rating/rate-period.ts";
export type { Step } from "./rating/step.ts";
export { type TaxSum, taxOfCredit } from "./rating/tax.ts";
export type { MeteredUsage, UnpricedUsage } from "./rating/usage-lines.ts";
export { hasReached, highestReached, type Spent } from "./spend/spent.ts";
export { UblImpossible, ublDocument } from "./ubl/ubl-document.ts";
