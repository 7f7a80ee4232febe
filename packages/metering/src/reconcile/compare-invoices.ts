import { verifySubscription } from "../invoice/verify-invoices.ts";
import type { Session } from "../usage-store/database.ts";
import type { Difference } from "./differences.ts";

/** Subscriptions that are looked at in one run: 100,000 have their turn within a month. */
const AT_ONCE = 200;

/** SubscriptionName names a subscription of an account. */
export interface SubscriptionName {
  readonly accountId: string;
  readonly subscriptionId: string;
}

/** nextSubscriptions are the subscriptions with invoices after one, in the order of their names. */
export async function nextSubscriptions(
  session: Session,
  { accountId, subscriptionId }: SubscriptionName,
): Promise<readonly SubscriptionName[]> {
  const rows = await session.query(
    `SELECT DISTINCT account_id, subscription_id FROM invoices
     WHERE account_id > $1 OR (account_id = $1 AND subscription_id > $2) ORDER BY account_id, subscription_id LIMIT ${AT_ONCE}`,
    [accountId, subscriptionId],
  );
  return rows.map((row) => ({
    accountId: String(row["account_id"]),
    subscriptionId: String(row["subscription_id"]),
  }));
}

/** compareInvoices compares what the documents of a subscription charge with the usage that is stored. */
export async function compareInvoices(
  session: Session,
  of: SubscriptionName,
): Promise<readonly Difference[]> {
  const { problems } = await verifySubscription(session, { ...of, month: "" });
  return problems.map(({ number, problem }, i) => ({
    id: `INVOICE/${of.accountId}/${number}/${i + 1}`,
    kind: "INVOICE",
    startUnixMs: 0,
    endUnixMs: 0,
    ...of,
    source: "",
    firstSeq: 0,
    lastSeq: 0,
    problem: `${number}: ${problem}`,
  }));
}
