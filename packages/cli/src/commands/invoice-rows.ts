import {
  type Invoice,
  InvoiceKind,
  type InvoiceLine,
  InvoiceState,
  type KeyAllowance,
  type LineStep,
  type UsageOfLine,
} from "@tollgate/proto/billing";

/** The columns of an invoice's lines in a table for people; CSV has all. */
export const LINE_COLUMNS = ["no", "line", "for", "quantity", "amount", "tax %"] as const;

export const lineRow = (line: InvoiceLine, i: number) => ({
  no: line.correctsLine || i + 1,
  line: line.kind === "MINIMUM" ? "up to the minimum" : line.name,
  for: line.forMonth,
  quantity: line.meter === "" ? "" : line.quantity,
  amount: line.amount,
  "tax %": line.taxRate === "0" ? "" : line.taxRate,
});

export const CSV_COLUMNS = [
  "number",
  "subscription",
  "month",
  "kind",
  "id",
  "name",
  "meter",
  "quantity",
  "start",
  "end",
  "forMonth",
  "rated",
  "amount",
  "currency",
  "taxCategory",
  "taxRate",
  "taxIncluded",
  "corrects",
  "correctsLine",
] as const;

/** csvRows are the lines of an invoice, each with what it belongs to. */
export const csvRows = (invoice: Invoice) =>
  invoice.lines.map((line) => ({
    ...line,
    number: invoice.number,
    subscription: invoice.subscriptionId,
    month: invoice.month,
    currency: invoice.currency,
    corrects: invoice.corrects,
    correctsLine: line.correctsLine || "",
  }));

/** totalsOf are the lines below the table. */
export function totalsOf(invoice: Invoice): string {
  const { currency } = invoice;
  const taxes = invoice.taxes
    .filter(({ tax }) => !/^0(\.0*)?$/.test(tax))
    .map(({ rate, net, tax }) => `tax ${rate}% on ${net} ${currency}: ${tax} ${currency}`);
  const unpriced = invoice.unpriced.map(({ meter, quantity }) => `no price for ${quantity} of ${meter}`);
  const missing =
    invoice.missingEventCount > 0n
      ? [`warning: ${invoice.missingEventCount} usage events never arrived`]
      : [];
  const credited = stateOf(invoice).endsWith("credited") ? [`credited ${invoice.credited} ${currency}`] : [];
  return [
    ...unpriced,
    ...missing,
    `net ${invoice.net} ${currency}`,
    ...taxes,
    `total ${invoice.total} ${currency}`,
    ...credited,
    ...(invoice.reason === "" ? [] : [`reason: ${invoice.reason}`]),
  ].join("\n");
}

/** States by number: their names in JSON are these in capital letters. */
const STATES: Readonly<Record<number, string>> = {
  [InvoiceState.PREVIEW]: "preview",
  [InvoiceState.DRAFT]: "draft",
  [InvoiceState.VOID]: "void",
  [InvoiceState.FINAL]: "final",
};

const wordOf = ({ state }: Invoice): string => STATES[state] ?? `state ${state}`;

/** stateOf says what an invoice is, in a word or two. */
export function stateOf(invoice: Invoice): string {
  if (invoice.kind === InvoiceKind.CREDIT_NOTE) return `credits ${invoice.corrects}`;
  if (invoice.state !== InvoiceState.FINAL || /^(0(\.0*)?)?$/.test(invoice.credited)) return wordOf(invoice);
  return invoice.credited === invoice.total ? "credited" : "partly credited";
}

function titleOf(invoice: Invoice): string {
  if (invoice.state === InvoiceState.PREVIEW) return "preview";
  if (invoice.state !== InvoiceState.FINAL) return `${invoice.number}, ${stateOf(invoice)}`;
  const dated = `${invoice.number} of ${invoice.issueDate}`;
  return invoice.kind === InvoiceKind.CREDIT_NOTE ? `${dated}, ${stateOf(invoice)}` : dated;
}

export const headOf = (invoice: Invoice): string =>
  [
    titleOf(invoice),
    invoice.subscriptionId === "" ? "the whole account" : invoice.subscriptionId,
    `${invoice.month} (${invoice.timeZone})`,
  ].join(", ");

export const STEP_COLUMNS = ["step", "quantity", "price", "per", "exact"] as const;

export const stepRow = ({ kind, quantity, amount, per, exact }: LineStep) => ({
  step: kind.toLowerCase().replace("_", " "),
  quantity,
  price: amount,
  per,
  exact,
});

export const USAGE_COLUMNS = ["from", "api", "stage", "plan", "key", "quantity"] as const;

export const usageRow = (row: UsageOfLine) => ({
  from: new Date(Number(row.startTimeUnixMs)).toISOString().slice(0, "2026-11-29T10:15".length),
  api: row.apiId,
  stage: row.stage,
  plan: row.usagePlanId,
  key: row.apiKeyId,
  quantity: row.quantity,
});

/** jsonOfMessage is the JSON of a message. Its 64-bit numbers are text, as protocol buffers have them: a number of JSON holds only 53 bits. */
export const jsonOfMessage = ({ $typeName: _, ...rest }: { readonly $typeName: string }) =>
  Object.fromEntries(
    Object.entries(rest).map(([name, value]: [string, unknown]) => [
      name,
      typeof value === "bigint" ? `${value}` : value,
    ]),
  );

export const jsonOfLine = (line: InvoiceLine) => ({
  ...jsonOfMessage(line),
  steps: line.steps.map(jsonOfMessage),
});

/** jsonOfInvoice is the JSON of an invoice, in which states have their names. */
export const jsonOfInvoice = (invoice: Invoice) => ({
  ...jsonOfMessage(invoice),
  state: wordOf(invoice).toUpperCase(),
  kind: invoice.kind === InvoiceKind.CREDIT_NOTE ? "CREDIT_NOTE" : "INVOICE",
  lines: invoice.lines.map(jsonOfLine),
  taxes: invoice.taxes.map(jsonOfMessage),
  unpriced: invoice.unpriced.map(jsonOfMessage),
});

export const ALLOWANCE_COLUMNS = ["key", "used", "included", "overage"] as const;

/** allowanceRow is what one key used of a price that includes units for each key. */
export const allowanceRow = ({ apiKeyId, quantity, included, overage }: KeyAllowance) => ({
  key: apiKeyId,
  used: quantity,
  included,
  overage,
});
