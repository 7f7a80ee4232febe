import type { BillingEventType } from "@tollgate/config";
import type { Database, Session } from "../usage-store/database.ts";
import { addEvent } from "./add-event.ts";

/** Fact is what was recorded last of something. */
export interface Fact {
  readonly accountId: string;
  /** Such as customer/acme. */
  readonly fact: string;
  readonly value: string;
  /** 0: it is not there. */
  readonly version: number;
}

/** FactWrite is a fact, with the version that was read, and the events that its change is. */
export interface FactWrite {
  readonly fact: Fact;
  readonly isRemoved: boolean;
  readonly events: readonly {
    readonly type: BillingEventType;
    readonly subject: string;
    readonly timeUnixMs: number;
    readonly content: object;
  }[];
}

/** listFacts is a page of facts, in the order of accounts and their facts. */
export async function listFacts(
  session: Session,
  after: Pick<Fact, "accountId" | "fact">,
  limit: number,
): Promise<readonly Fact[]> {
  const rows = await session.query(
    `SELECT account_id, fact, value, version FROM billing_facts WHERE (account_id, fact) > ($1, $2)
     ORDER BY account_id, fact LIMIT $3`,
    [after.accountId, after.fact, limit],
  );
  return rows.map((row) => ({
    accountId: String(row["account_id"]),
    fact: String(row["fact"]),
    value: String(row["value"]),
    version: Number(row["version"]),
  }));
}

/** A fact that is not there is written only by the first who says so, and one that is there only by who has read its version. */
async function put(session: Session, { fact: given, isRemoved }: FactWrite): Promise<boolean> {
  const { accountId, fact, value, version } = given;
  if (isRemoved) {
    const removed = await session.query(
      "DELETE FROM billing_facts WHERE account_id = $1 AND fact = $2 AND version = $3 RETURNING version",
      [accountId, fact, version],
    );
    return removed.length > 0;
  }
  const rows = await session.query(
    version === 0
      ? `INSERT INTO billing_facts VALUES ($1, $2, $3, $4 + 1) ON CONFLICT (account_id, fact) DO NOTHING RETURNING version`
      : `UPDATE billing_facts SET value = $3, version = version + 1 WHERE account_id = $1 AND fact = $2 AND version = $4
         RETURNING version`,
    [accountId, fact, value, version],
  );
  return rows.length > 0;
}

/** recordFacts writes facts with their events, each that was not written since it was read; returns which. */
export const recordFacts = (database: Database, writes: readonly FactWrite[]): Promise<readonly boolean[]> =>
  database.transaction(async (session) => {
    const recorded: boolean[] = [];
    for (const write of writes) {
      const isRecorded = await put(session, write);
      recorded.push(isRecorded);
      if (!isRecorded) continue;
      const { accountId, fact, version } = write.fact;
      for (const [i, event] of write.events.entries())
        await addEvent(session, { accountId, ...event }, `${fact} ${version} ${i} ${event.timeUnixMs}`);
    }
    return recorded;
  });
