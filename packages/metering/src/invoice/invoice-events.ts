import type { AddingTable, Session } from "../usage-store/database.ts";

/** InvoiceAction is what was done to an invoice, a draft of one, or a credit note. */
export type InvoiceAction = "DRAFTED" | "FINALIZED" | "VOIDED" | "CREDITED";

/** Deed is who does something at which time. */
export interface Deed {
  readonly actor: string;
  readonly nowUnixMs: number;
}

/** InvoiceEvent is one record of the history of invoices. */
export interface InvoiceEvent {
  readonly timeUnixMs: bigint;
  readonly action: InvoiceAction;
  /** Number of the invoice, the draft or the credit note. */
  readonly document: string;
  readonly actor: string;
  readonly reason: string;
}

export interface EventInit {
  readonly accountId: string;
  readonly action: InvoiceAction;
  readonly document: string;
  readonly reason: string;
}

const table: AddingTable = {
  name: "invoice_events",
  columns: [
    { name: "account_id", type: "TEXT" },
    { name: "event_no", type: "BIGINT" },
    { name: "time_unix_ms", type: "BIGINT" },
    { name: "action", type: "TEXT" },
    { name: "document", type: "TEXT" },
    { name: "actor", type: "TEXT" },
    { name: "reason", type: "TEXT" },
  ],
  key: ["account_id", "event_no"],
};

/** recordEvents writes what was done, in the exclusive transaction that does it. */
export async function recordEvents(
  session: Session,
  events: readonly EventInit[],
  { actor, nowUnixMs }: Deed,
): Promise<void> {
  for (const [accountId, own] of Map.groupBy(events, (event) => event.accountId)) {
    const [row] = await session.query(
      "SELECT COALESCE(MAX(event_no), 0) AS last FROM invoice_events WHERE account_id = $1",
      [accountId],
    );
    const last = Number(row?.["last"]);
    await session.add(
      table,
      own.map(({ action, document, reason }, i) => [
        accountId,
        last + i + 1,
        nowUnixMs,
        action,
        document,
        actor,
        reason,
      ]),
    );
  }
}

const LISTED_MAX = 1_000;

/** listEvents is what was done in an account, the latest first: at most 1000 records. */
export async function listEvents(
  session: Session,
  { accountId, document }: { readonly accountId: string; readonly document: string },
): Promise<readonly InvoiceEvent[]> {
  const rows = await session.query(
    `SELECT time_unix_ms, action, document, actor, reason FROM invoice_events
     WHERE account_id = $1 AND ($2 = '' OR document = $2) ORDER BY event_no DESC LIMIT ${LISTED_MAX}`,
    [accountId, document],
  );
  return rows.map((row) => ({
    timeUnixMs: BigInt(row["time_unix_ms"] ?? 0),
    action: String(row["action"]) as InvoiceAction,
    document: String(row["document"]),
    actor: String(row["actor"]),
    reason: String(row["reason"]),
  }));
}
