import { kindRule } from "@tollgate/config";
import type { Application } from "../application.ts";
import { changeAccount } from "../change/change.ts";
import type { Mirror } from "../mirror/mirror.ts";
import type { TargetOptions } from "../notification/send-to-target.ts";
import { repeat } from "../repeat.ts";
import { BillingWatch, type SuspendSubscription } from "./billing-watch.ts";
import { EventDelivery } from "./deliver-events.ts";

/** How often it is looked whether there is something to watch; spending and time pass without a change of the config. */
const LOOK_MS = 1_000;
const WATCH_MS = 10_000;
const DELIVER_MS = 2_000;

/** atOnce runs what is due every 10 seconds, and as soon as the config has changed. */
export function atOnce(
  mirror: Pick<Mirror, "listen">,
  run: () => Promise<unknown>,
  nowMs: () => number,
): () => Promise<void> {
  let isChanged = true;
  let ranMs = 0;
  mirror.listen({
    reset: () => (isChanged = true),
    commit: (_revision, changes) => {
      isChanged ||= changes.some(({ before, after }) => {
        const entity = (after ?? before)?.entity;
        return entity !== undefined && kindRule(entity.kind).bills === true;
      });
    },
  });
  return async () => {
    // A clock that is set back must not put the next run off.
    if (!isChanged && Math.abs(nowMs() - ranMs) < WATCH_MS) return;
    isChanged = false;
    ranMs = nowMs();
    await run();
  };
}

/** suspendIn writes suspensions to the config, by which nodes hear of them at once. */
export const suspendIn =
  (application: Application): SuspendSubscription =>
  async (accountId, { id, spec }, until) => {
    await changeAccount(application, {
      accountId,
      asker: "allowed",
      want: (state) => {
        const current = state.find("Subscription", "", id);
        // Whoever has changed it meanwhile may have raised its limit: it is compared again.
        if (!current || JSON.stringify(current.spec) !== JSON.stringify(spec)) return {};
        const { suspendedUntil: _, ...rest } = current.spec;
        const next = until === undefined ? rest : { ...rest, suspendedUntil: until };
        return { entities: [{ ...current, spec: next }] };
      },
    });
  };

/** startBilling watches customers, subscriptions and spend limits, as long as this process is the one that does, and sends events of billing, until it is disposed. */
export function startBilling(
  application: Application,
  target: Omit<TargetOptions, "upstreams" | "nowMs">,
): AsyncDisposable {
  const { mirror, billingRecords: records, alarmRecords: lead, plane, upstreams, logger } = application;
  const nowMs = Date.now;
  const watch = new BillingWatch({
    mirror,
    records,
    lead,
    suspend: suspendIn(application),
    plane,
    nowMs,
    logger,
  });
  const delivery = new EventDelivery({
    ...target,
    mirror,
    records,
    upstreams,
    random: Math.random,
    nowMs,
    logger,
  });
  const watching = repeat(
    atOnce(mirror, () => watch.run(), nowMs),
    LOOK_MS,
    "billing is watched",
    logger,
  );
  const deliveries = repeat(() => delivery.run(), DELIVER_MS, "events of billing are sent", logger);
  return {
    async [Symbol.asyncDispose]() {
      await watching[Symbol.asyncDispose]();
      await deliveries[Symbol.asyncDispose]();
    },
  };
}
