import { create, toBinary } from "@bufbuild/protobuf";
import { InvoiceRecordSchema } from "@tollgate/proto/invoice-records";
import type { TopicMessage } from "@tollgate/usage-stream";
import { toCreditNote, toInvoice } from "../grpc/invoice-messages.ts";
import { creditNotesFor } from "../invoice/credit-note-store.ts";
import { findInvoice } from "../invoice/invoice-store.ts";
import type { Row, Session } from "../usage-store/database.ts";
import type { Publication } from "./publication.ts";

const PAGE_EVENTS = 50;
/** Brokers take messages of up to a megabyte where nothing else is set. */
const MESSAGE_MAX_BYTES = 900_000;

type Sent = ReturnType<typeof toInvoice> | ReturnType<typeof toCreditNote>;

/** messageOf is an invoice or a credit note with a revision. */
export function messageOf(invoice: Sent, revision: number): TopicMessage {
  const encode = (more: { readonly linesOmitted: boolean }) =>
    toBinary(
      InvoiceRecordSchema,
      create(InvoiceRecordSchema, {
        invoice: more.linesOmitted ? { ...invoice, lines: [] } : invoice,
        revision: BigInt(revision),
        ...more,
      }),
    );
  const whole = encode({ linesOmitted: false });
  const value = whole.length <= MESSAGE_MAX_BYTES ? whole : encode({ linesOmitted: true });
  return { key: `${invoice.accountId}/${invoice.number}`, value: Buffer.from(value) };
}

/** Of an account's history of invoices, what is not published yet. */
const UNPUBLISHED = `FROM invoice_events e LEFT JOIN published_invoice_events p ON p.topic = $1 AND p.account_id = e.account_id
  WHERE e.event_no > COALESCE(p.event_no, 0)`;

/** The invoices that events are about, as they are now, with all of their credit notes. */
async function messagesOf(
  session: Session,
  rows: readonly Row[],
  revision: number,
): Promise<readonly TopicMessage[]> {
  const messages = new Map<string, TopicMessage>();
  for (const row of rows) {
    const accountId = String(row["account_id"]);
    const invoice = await findInvoice(session, accountId, String(row["document"]));
    if (!invoice) continue; // a draft
    const creditNotes = await creditNotesFor(session, accountId, [invoice.document.number]);
    for (const sent of [toInvoice(invoice, creditNotes), ...creditNotes.map(toCreditNote)]) {
      const message = messageOf(sent, revision);
      messages.set(message.key, message);
    }
  }
  return [...messages.values()];
}

/**
 * publishedInvoices are final invoices and credit notes. What is done to invoices is done by one process at a time, so that its history has no holes that
 * are filled later: a position in it is enough.
 */
export const publishedInvoices = (topic: string): Publication => ({
  topic,
  async read(session, revision) {
    const select = `SELECT e.account_id, e.event_no, e.document ${UNPUBLISHED} ORDER BY e.account_id, e.event_no LIMIT ${PAGE_EVENTS}`;
    const rows = await session.query(select, [topic]);
    if (rows.length === 0) return undefined;
    const number = await revision();
    return {
      messages: await messagesOf(session, rows, number),
      async settle(settling) {
        // In the order of events: the last of each account stays.
        for (const row of rows)
          await settling.query(
            `INSERT INTO published_invoice_events (topic, account_id, event_no) VALUES ($1, $2, $3)
             ON CONFLICT (topic, account_id) DO UPDATE SET event_no = excluded.event_no`,
            [topic, String(row["account_id"]), Number(row["event_no"])],
          );
      },
    };
  },
  async waitingSinceUnixMs(session) {
    const [row] = await session.query(`SELECT MIN(e.time_unix_ms) AS since ${UNPUBLISHED}`, [topic]);
    const since = row?.["since"];
    return since === null || since === undefined ? undefined : Number(since);
  },
});
