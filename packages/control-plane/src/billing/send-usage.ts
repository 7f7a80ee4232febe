import type { SpecOf } from "@tollgate/config";
import type { Transport } from "@tollgate/pipeline";
import { NotSent, sendHttp } from "../notification/send-http.ts";

/** ReportedUsage is what a customer used of a meter in an hour, or more of it that arrived late. */
export interface ReportedUsage {
  /** The same for each attempt. */
  readonly id: string;
  readonly accountId: string;
  readonly customerId: string;
  readonly meter: string;
  /** Instants: from the first to before the second. */
  readonly start: string;
  readonly end: string;
  readonly units: number;
}

type Sink = SpecOf<"UsageSink">;
type Customer = SpecOf<"Customer"> | undefined;

/** SinkEntry is a report in the words of a sink. */
export interface SinkEntry {
  readonly usage: ReportedUsage;
  /** Of the meter, and of the customer. */
  readonly name: string;
  readonly subject: string;
}

const STRIPE = "https://api.stripe.com";

/** Usage is of its hour there as well: before its end. */
const timeOf = ({ end }: ReportedUsage): number => Date.parse(end) - 1_000;

/** How a customer is called there. */
function subjectOf({ customerTag }: Sink, { customerId }: ReportedUsage, customer: Customer): string {
  if (customerTag === undefined) return customerId;
  const subject = customer?.tags?.[customerTag];
  if (subject === undefined)
    throw new NotSent(
      customer
        ? `the Customer '${customerId}' has no tag '${customerTag}', which says how it is called there`
        : `there is no Customer '${customerId}' any more, whose tag '${customerTag}' says how it is called there`,
      { isOfMessage: true },
    );
  return subject;
}

function nameOf({ meters }: Sink, { meter }: ReportedUsage): string {
  const name = meters.find((one) => one.meter === meter)?.name;
  if (name === undefined)
    throw new NotSent(`the sink has no meter '${meter}' any more`, { isOfMessage: true });
  return name;
}

/** entryOf is a report in the words of a sink; throws a NotSent if the sink has none for it. */
export const entryOf = (sink: Sink, usage: ReportedUsage, customer: Customer): SinkEntry => ({
  usage,
  name: nameOf(sink, usage),
  subject: subjectOf(sink, usage, customer),
});

const pathOf = (base: string, path: string): URL => {
  const url = new URL(base);
  url.pathname = url.pathname.replace(/\/$/, "") + path;
  return url;
};

const authorization = (secret: string | undefined): readonly string[] =>
  secret === undefined ? [] : ["Authorization", `Bearer ${secret}`];

/** Whether Stripe refuses an event because it has it. It keeps identifiers for at least a day (Stripe: Create a billing meter event). */
const isKnown = (error: unknown): boolean =>
  error instanceof NotSent &&
  error.status === 400 &&
  /duplicate_meter_event|event already exists with identifier/.test(error.response);

async function sendToStripe(
  transport: Transport,
  { url = STRIPE, secret }: NonNullable<Sink["stripe"]>,
  { usage, name, subject }: SinkEntry,
): Promise<void> {
  if (secret === undefined) throw new NotSent("the sink has no secret: apply it with stripe.secret");
  const form = new URLSearchParams([
    ["event_name", name],
    ["identifier", usage.id],
    ["timestamp", String(Math.floor(timeOf(usage) / 1_000))],
    ["payload[stripe_customer_id]", subject],
    ["payload[value]", String(usage.units)],
  ]);
  const headers = ["Content-Type", "application/x-www-form-urlencoded", "User-Agent", "Tollgate"];
  try {
    await sendHttp(transport, {
      url: pathOf(url, "/v1/billing/meter_events"),
      headers: [...headers, ...authorization(secret)],
      body: Buffer.from(form.toString()),
      isServiceCall: false,
    });
  } catch (error) {
    if (!isKnown(error)) throw error;
  }
}

/** CloudEvents 1.0, JSON batch format. OpenMeter recognizes an event by its source and id. */
const cloudEventOf = ({ usage, name, subject }: SinkEntry) => ({
  specversion: "1.0",
  id: usage.id,
  source: `tollgate/${usage.accountId}`,
  type: name,
  subject,
  time: new Date(timeOf(usage)).toISOString(),
  datacontenttype: "application/json",
  data: { value: usage.units, meter: usage.meter, start: usage.start, end: usage.end },
});

/** sendUsage resolves when a sink has what is reported, and throws a NotSent otherwise. A sink that takes no batches is sent one at a time. */
export async function sendUsage(
  transport: Transport,
  { stripe, openMeter }: Sink,
  entries: readonly SinkEntry[],
): Promise<void> {
  if (stripe) for (const entry of entries) await sendToStripe(transport, stripe, entry);
  if (!openMeter) return;
  const headers = ["Content-Type", "application/cloudevents-batch+json", "User-Agent", "Tollgate"];
  await sendHttp(transport, {
    url: pathOf(openMeter.url, "/api/v1/events"),
    headers: [...headers, ...authorization(openMeter.secret)],
    body: Buffer.from(JSON.stringify(entries.map(cloudEventOf))),
    isServiceCall: false,
  });
}
