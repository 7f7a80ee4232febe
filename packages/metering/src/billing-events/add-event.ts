import { createHash } from "node:crypto";
import type { BillingEventType, USAGE_REPORTED } from "@tollgate/config";
import type { Session } from "../usage-store/database.ts";

/** NewEvent is something that happened in billing. */
export interface NewEvent {
  readonly accountId: string;
  readonly type: BillingEventType | typeof USAGE_REPORTED;
  /** What it is about, such as the number of an invoice. */
  readonly subject: string;
  readonly timeUnixMs: number;
  readonly content: object;
}

const ID_BYTES = 18;

/**
 * eventIdOf names an event by what cannot happen twice: a database that is restored from a backup names what it does again as before, and receivers
 * recognize it.
 */
const eventIdOf = (...parts: readonly string[]): string =>
  `evt_${createHash("sha256").update(JSON.stringify(parts)).digest().subarray(0, ID_BYTES).toString("base64url")}`;

/** addEvent writes an event in the transaction that does what it says. `cause` is what makes it another one than those of its type and subject before. */
export async function addEvent(session: Session, event: NewEvent, cause = ""): Promise<void> {
  const { accountId, type, subject, timeUnixMs, content } = event;
  await session.query(
    "INSERT INTO billing_events VALUES ($1, $2, $3, $4, $5, $6, 0) ON CONFLICT (event_id) DO NOTHING",
    [
      eventIdOf(accountId, type, subject, cause),
      accountId,
      type,
      subject,
      timeUnixMs,
      JSON.stringify(content),
    ],
  );
}
