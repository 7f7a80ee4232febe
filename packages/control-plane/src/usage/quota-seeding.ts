import { randomBytes } from "node:crypto";
import { type Entity, quotaPeriodOf } from "@tollgate/config";
import { type Redis, setCalls, signIn } from "@tollgate/redis";
import type { Logger } from "@tollgate/telemetry";
import type { Mirror } from "../mirror/mirror.ts";
import { countedOf, type KeyQuota, keyQuotaOf } from "./quota-terms.ts";
import type { UsageReader } from "./usage-reader.ts";

/** How often it is looked whether the server has lost its data. Nodes wait for twice as long before they lease calls again. */
const LOOK_EVERY_MS = 500;

export interface QuotaSeedingOptions {
  readonly redis: Redis;
  readonly mirror: Mirror;
  readonly metering: UsageReader;
  readonly logger: Logger;
}

/**
 * QuotaSeeding brings the counts of metering to the counters that nodes share, when these are new or were lost: what the nodes do not remember themselves.
 * Metering never counts more than there was, so a counter is only ever raised.
 */
export class QuotaSeeding implements Disposable {
  readonly #options: QuotaSeedingOptions;
  readonly #timer: NodeJS.Timeout;
  #seeded = "";
  #isBusy = false;

  constructor(options: QuotaSeedingOptions) {
    this.#options = options;
    this.#timer = setInterval(() => void this.#look(), LOOK_EVERY_MS).unref();
  }

  async #look(): Promise<void> {
    const { redis, logger } = this.#options;
    if (this.#isBusy || !redis.isConnected) return;
    this.#isBusy = true;
    try {
      const { epoch } = await signIn(redis, "", randomBytes(8).toString("hex"));
      if (epoch !== this.#seeded) {
        const counters = await this.#seed(epoch);
        this.#seeded = epoch;
        logger.info({ counters }, "the counters of quotas have the counts of metering");
      }
    } catch (error) {
      logger.warn(
        { error: String(error) },
        "the counters of quotas could not be given the counts of metering",
      );
    } finally {
      this.#isBusy = false;
    }
  }

  async #seed(epoch: string): Promise<number> {
    let counters = 0;
    for (const [accountId, account] of this.#options.mirror.accounts)
      for (const plan of account.list("UsagePlan", ""))
        if (plan.spec.quota) counters += await this.#seedPlan(epoch, accountId, plan);
    return counters;
  }

  async #seedPlan(epoch: string, accountId: string, plan: Entity<"UsagePlan">): Promise<number> {
    const { redis, mirror, metering } = this.#options;
    const now = Date.now();
    const { quota } = plan.spec;
    if (!quota) return 0;
    const { startUnixMs, endUnixMs } = quotaPeriodOf(quota.period, now);
    const request = { usagePlanId: plan.id, apiKeyId: undefined, startUnixMs, endUnixMs };
    const calls = new Map<string, number>();
    for (const { apiKeyId, callCount } of await metering.keyUsage(accountId, request))
      calls.set(apiKeyId, (calls.get(apiKeyId) ?? 0) + callCount);
    const account = mirror.account(accountId);
    for (const [apiKeyId, counted] of calls) {
      const key = account.find("ApiKey", "", apiKeyId);
      if (!key?.spec.usagePlanIds.includes(plan.id) || counted === 0) continue;
      const of = keyQuotaOf(accountId, plan, key, now) as KeyQuota;
      await setCalls(redis, of.terms, { counted: countedOf(of, counted), epoch });
    }
    return calls.size;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
