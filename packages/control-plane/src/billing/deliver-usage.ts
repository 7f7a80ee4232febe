import { isEventWanted, type SpecOf, USAGE_REPORTED } from "@tollgate/config";
import type { Transport } from "@tollgate/pipeline";
import type { AccountState } from "../mirror/account-state.ts";
import { NotSent } from "../notification/send-http.ts";
import type { StoredEvent } from "./billing-records.ts";
import { entryOf, type ReportedUsage, sendUsage } from "./send-usage.ts";

/** Deliveries to sinks have this before the id: ids of NotificationTargets have no slash. */
const SINK = "usage-sink/";

type Reported = Omit<ReportedUsage, "id" | "accountId">;

/** usageOf is what an event of usage reports. */
const usageOf = ({ eventId: id, accountId, content }: StoredEvent): ReportedUsage => ({
  id,
  accountId,
  ...(JSON.parse(content) as Reported),
});

/** targetsOf says where an event goes: usage to the sinks of its meter, anything else to the NotificationTargets that want it. */
export function targetsOf(account: AccountState, event: StoredEvent): readonly string[] {
  if (event.type !== USAGE_REPORTED)
    return account
      .list("NotificationTarget", "")
      .filter(({ spec }) => spec.events?.some((pattern) => isEventWanted(pattern, event.type)))
      .map(({ id }) => id);
  const { meter } = usageOf(event);
  return account
    .list("UsageSink", "")
    .filter(({ spec }) => spec.meters.some((one) => one.meter === meter))
    .map(({ id }) => SINK + id);
}

export const isOfSink = (target: string): boolean => target.startsWith(SINK);

const sinkOf = (account: AccountState, target: string): SpecOf<"UsageSink"> | undefined =>
  account.find("UsageSink", "", target.slice(SINK.length))?.spec;

/** takesBatches is whether several events go to a target at once. */
export const takesBatches = (account: AccountState, target: string): boolean =>
  isOfSink(target) && sinkOf(account, target)?.openMeter !== undefined;

/** deliverUsage sends events of usage to a sink; throws a NotSent unless it has all of them. */
export async function deliverUsage(
  transport: Transport,
  account: AccountState,
  { target, events }: { readonly target: string; readonly events: readonly StoredEvent[] },
): Promise<void> {
  const sink = sinkOf(account, target);
  if (!sink)
    throw new NotSent(`there is no UsageSink '${target.slice(SINK.length)}' any more`, { isGone: true });
  const entries = events.map((event) => {
    const usage = usageOf(event);
    return entryOf(sink, usage, account.find("Customer", "", usage.customerId)?.spec);
  });
  await sendUsage(transport, sink, entries);
}
