import { create, toBinary } from "@bufbuild/protobuf";
import { InvoiceRecordSchema } from "@tollgate/proto/invoice-records";
import { BATCH_MAX_BYTES, type TopicMessage } from "@tollgate/usage-stream/kafka";
import { toCreditNote, toInvoice } from "../grpc/invoice-messages.ts";
import { creditNotesFor } from "../invoice/credit-note-store.ts";
import { findInvoice } from "../invoice/invoice-store.ts";
import type { Row, Session } from "../usage-store/database.ts";
import type { Publication } from "./publication.ts";

const PAGE_EVENTS = 50;

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
  const value = whole.length <= BATCH_MAX_BYTES ? whole : encode({ linesOmitted: true });
  return { key: `${invoice.accountId}/${invoice.number}`, value: Buffer.from(value) };
}

interface Behind {
  readonly accountId: string;
  /** Up to where its history is published. */
  readonly passed: number;
}

/** Accounts whose history goes on after what is published of it. Both ends of each are read from the index: histories are long, and accounts are few. */
async function listBehind(session: Session, topic: string): Promise<readonly Behind[]> {
  const rows = await session.query(
    `WITH RECURSIVE accounts (account_id) AS (
       SELECT MIN(account_id) FROM invoice_events
       UNION ALL SELECT (SELECT MIN(e.account_id) FROM invoice_events e WHERE e.account_id > a.account_id) FROM accounts a WHERE a.account_id IS NOT NULL)
     SELECT a.account_id, COALESCE(p.event_no, 0) AS passed FROM accounts a
     LEFT JOIN published_invoice_events p ON p.topic = $1 AND p.account_id = a.account_id
     WHERE (SELECT MAX(e.event_no) FROM invoice_events e WHERE e.account_id = a.account_id) > COALESCE(p.event_no, 0)
     ORDER BY a.account_id`,
    [topic],
  );
  return rows.map((row) => ({ accountId: String(row["account_id"]), passed: Number(row["passed"]) }));
}

const eventsAfter = (session: Session, { accountId, passed }: Behind, limit: number) =>
  session.query(
    `SELECT account_id, event_no, time_unix_ms, document FROM invoice_events WHERE account_id = $1 AND event_no > $2
     ORDER BY event_no LIMIT ${limit}`,
    [accountId, passed],
  );

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
    const [behind] = await listBehind(session, topic);
    if (!behind) return undefined;
    const rows = await eventsAfter(session, behind, PAGE_EVENTS);
    const number = await revision();
    return {
      messages: await messagesOf(session, rows, number),
      async settle(settling) {
        await settling.query(
          `INSERT INTO published_invoice_events (topic, account_id, event_no) VALUES ($1, $2, $3)
           ON CONFLICT (topic, account_id) DO UPDATE SET event_no = excluded.event_no`,
          [topic, behind.accountId, Number(rows.at(-1)?.["event_no"])],
        );
      },
    };
  },
  async waitingSinceUnixMs(session) {
    const times: number[] = [];
    for (const behind of await listBehind(session, topic)) {
      const [row] = await eventsAfter(session, behind, 1);
      times.push(Number(row?.["time_unix_ms"]));
    }
    return times.length === 0 ? undefined : Math.min(...times);
  },
  async restart(session) {
    await session.query("DELETE FROM published_invoice_events WHERE topic = $1", [topic]);
  },
});
