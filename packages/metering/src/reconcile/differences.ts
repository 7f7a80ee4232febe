import { Refusal } from "../refusal.ts";
import type { Row, Session } from "../usage-store/database.ts";

/**
 * What does not agree: events that a node has recorded and that are not counted; usage by source and usage by account, key and route; or an invoice
 * and the usage that is stored.
 */
export type DifferenceKind = "MISSING" | "LEDGER" | "INVOICE";

/** CONFIRMED: an audit found that what is stored is right. GONE: both agree again. */
export type DifferenceState = "OPEN" | "ACCEPTED" | "CONFIRMED" | "GONE";

/** Difference is two countings of the same usage that do not agree. */
export interface Difference {
  /** Equal for the same place, whenever it is found. */
  readonly id: string;
  readonly kind: DifferenceKind;
  /** Of LEDGER: the hour. Else 0: it may be of any time. */
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  /** Of INVOICE; else empty. */
  readonly accountId: string;
  readonly subscriptionId: string;
  /** Where the events are of; empty: it is not known. */
  readonly source: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** In words, with all numbers: another number is another difference. */
  readonly problem: string;
}

/** StoredDifference is a difference, and what became of it. */
export interface StoredDifference extends Difference {
  readonly state: DifferenceState;
  readonly foundUnixMs: number;
  readonly settledUnixMs: number;
  readonly actor: string;
  readonly reason: string;
}

const fromRow = (row: Row): StoredDifference => ({
  id: String(row["difference_id"]),
  kind: String(row["kind"]) as DifferenceKind,
  startUnixMs: Number(row["start_unix_ms"]),
  endUnixMs: Number(row["end_unix_ms"]),
  accountId: String(row["account_id"]),
  subscriptionId: String(row["subscription_id"]),
  source: String(row["source"]),
  firstSeq: Number(row["first_seq"]),
  lastSeq: Number(row["last_seq"]),
  problem: String(row["problem"]),
  state: String(row["state"]) as DifferenceState,
  foundUnixMs: Number(row["found_unix_ms"]),
  settledUnixMs: Number(row["settled_unix_ms"]),
  actor: String(row["actor"]),
  reason: String(row["reason"]),
});

/** What of earlier differences was looked for again: those of it that were not found are gone. */
export interface Looked {
  readonly kind: DifferenceKind;
  /** SQL, and its parameters from $2 on. */
  readonly where: string;
  readonly parameters: readonly (string | number)[];
}

/** saveDifferences stores what was found where it was looked. What somebody accepted stays accepted as long as no number of it changes. */
export async function saveDifferences(
  session: Session,
  looked: Looked,
  found: readonly Difference[],
  nowMs: number,
): Promise<void> {
  for (const one of found)
    await session.query(
      `INSERT INTO usage_differences VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'OPEN', $11, 0, '', '')
       ON CONFLICT (difference_id) DO UPDATE SET problem = excluded.problem, source = excluded.source, first_seq = excluded.first_seq,
         last_seq = excluded.last_seq, state = 'OPEN', found_unix_ms = excluded.found_unix_ms, settled_unix_ms = 0, actor = '', reason = ''
       WHERE usage_differences.problem <> excluded.problem OR usage_differences.state = 'GONE'`,
      [
        one.id,
        one.kind,
        one.startUnixMs,
        one.endUnixMs,
        one.accountId,
        one.subscriptionId,
        one.source,
        one.firstSeq,
        one.lastSeq,
        one.problem,
        nowMs,
      ],
    );
  const open = await session.query(
    `SELECT difference_id FROM usage_differences WHERE state = 'OPEN' AND kind = $1 AND ${looked.where}`,
    [looked.kind, ...looked.parameters],
  );
  const present = new Set(found.map(({ id }) => id));
  for (const { difference_id: id } of open)
    if (!present.has(String(id)))
      await session.query(
        "UPDATE usage_differences SET state = 'GONE', settled_unix_ms = $2 WHERE difference_id = $1 AND state = 'OPEN'",
        [String(id), nowMs],
      );
}

/** countOpen is how many differences of each kind are open. */
export async function countOpen(session: Session): Promise<Readonly<Record<DifferenceKind, number>>> {
  const rows = await session.query(
    "SELECT kind, CAST(COUNT(*) AS BIGINT) AS differences FROM usage_differences WHERE state = 'OPEN' GROUP BY kind",
  );
  const counts = new Map(rows.map((row) => [String(row["kind"]), Number(row["differences"])]));
  return {
    MISSING: counts.get("MISSING") ?? 0,
    LEDGER: counts.get("LEDGER") ?? 0,
    INVOICE: counts.get("INVOICE") ?? 0,
  };
}

const LISTED_MAX = 1_000;

/** listDifferences are the open ones, or all of them with those that are settled, the latest first: at most 1000. */
export async function listDifferences(
  session: Session,
  { settledToo }: { readonly settledToo: boolean },
): Promise<readonly StoredDifference[]> {
  const rows = await session.query(
    `SELECT * FROM usage_differences WHERE $1 = 1 OR state = 'OPEN' ORDER BY found_unix_ms DESC, difference_id LIMIT ${LISTED_MAX}`,
    [settledToo ? 1 : 0],
  );
  return rows.map(fromRow);
}

/**
 * hoursKnown are hours of the ledger from an instant on that did not agree once and are not known to agree again: at most 200, the latest first. Of
 * earlier ones the sums of sources may be gone, and then what was accepted or confirmed would differ anew.
 */
export async function hoursKnown(session: Session, sinceUnixMs: number): Promise<readonly number[]> {
  const rows = await session.query(
    `SELECT DISTINCT start_unix_ms FROM usage_differences WHERE kind = 'LEDGER' AND state <> 'GONE' AND start_unix_ms >= $1
     ORDER BY start_unix_ms DESC LIMIT 200`,
    [sinceUnixMs],
  );
  return rows.map((row) => Number(row["start_unix_ms"]));
}

/** Charged is what an invoice charges. */
export interface Charged {
  readonly accountId: string;
  readonly subscriptionId: string;
  /** All months that were rated for it lie in there. */
  readonly startUnixMs: number;
  readonly endUnixMs: number;
}

/** firstBlocking is an open difference for which an invoice must not become final; undefined: there is none. Missing events are looked up where they are counted. */
export async function firstBlocking(
  session: Session,
  { accountId, subscriptionId, startUnixMs, endUnixMs }: Charged,
): Promise<StoredDifference | undefined> {
  const rows = await session.query(
    `SELECT * FROM usage_differences WHERE state = 'OPEN' AND (
       (kind = 'LEDGER' AND start_unix_ms < $2 AND end_unix_ms > $1) OR (kind = 'INVOICE' AND account_id = $3 AND subscription_id = $4))
     ORDER BY kind DESC, start_unix_ms, difference_id LIMIT 1`,
    [startUnixMs, endUnixMs, accountId, subscriptionId],
  );
  return rows.map(fromRow)[0];
}

/** acceptDifference lets invoices be made although two countings do not agree. Who did it and why is kept. */
export async function acceptDifference(
  session: Session,
  id: string,
  {
    actor,
    reason,
    nowUnixMs,
  }: { readonly actor: string; readonly reason: string; readonly nowUnixMs: number },
): Promise<StoredDifference> {
  if (reason.trim() === "") throw new Refusal("reason is empty: say why the difference is accepted");
  const [row] = await session.query(
    `UPDATE usage_differences SET state = 'ACCEPTED', settled_unix_ms = $2, actor = $3, reason = $4
     WHERE difference_id = $1 AND state = 'OPEN' RETURNING *`,
    [id, nowUnixMs, actor, reason],
  );
  if (row) return fromRow(row);
  const [known] = await session.query("SELECT state FROM usage_differences WHERE difference_id = $1", [id]);
  if (!known)
    throw new Refusal(`there is no difference '${id}': 'tollgate usage status' lists them`, "not-found");
  throw new Refusal(`the difference '${id}' is not open: it is ${String(known["state"])}`, "precondition");
}

/** Audited is what an audit has confirmed: what is stored of all accounts in a period. */
export interface Audited {
  readonly startUnixMs: number;
  readonly endUnixMs: number;
  readonly messageCount: number;
}

/** confirmAudited settles the differences of the ledger whose hours an audit has confirmed. */
export async function confirmAudited(
  session: Session,
  { startUnixMs, endUnixMs, messageCount }: Audited,
  { actor, nowUnixMs }: { readonly actor: string; readonly nowUnixMs: number },
): Promise<void> {
  await session.query(
    `UPDATE usage_differences SET state = 'CONFIRMED', settled_unix_ms = $3, actor = $4, reason = $5
     WHERE state = 'OPEN' AND kind = 'LEDGER' AND start_unix_ms >= $1 AND end_unix_ms <= $2`,
    [
      startUnixMs,
      endUnixMs,
      nowUnixMs,
      actor,
      `an audit of ${messageCount} messages of the topic came to what is stored`,
    ],
  );
}
