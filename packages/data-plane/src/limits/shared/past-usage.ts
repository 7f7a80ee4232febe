import { startOfPeriod } from "@tollgate/config/runtime";
import { limitNames } from "@tollgate/pipeline/node";
import type { Shipper } from "../../usage/shipper.ts";
import type { SourceClient } from "../../usage/source-client.ts";
import type { PastUsage } from "./past-lives.ts";
import type { LifeLease } from "./quota-lives.ts";

function quotaOf({ counter, period, endsUnixMs }: LifeLease) {
  const { accountId, planId, keyId } = limitNames.ownerOf(counter);
  return {
    accountId,
    usagePlanId: planId,
    apiKeyId: keyId,
    startTimeUnixMs: BigInt(startOfPeriod(period)),
    endTimeUnixMs: BigInt(endsUnixMs),
  };
}

/** countedByMetering is what the node's spool and metering know of earlier lives. */
export const countedByMetering = (client: SourceClient, shipper: Pick<Shipper, "unsent">): PastUsage => ({
  unsent: () => shipper.unsent(),
  async count(sources, leases) {
    const request = { sources: [...sources], quotas: leases.map(quotaOf) };
    const reply = await client.call((service, options) => service.countLeasedCalls(request, options));
    return reply.complete ? reply.callCounts.map(Number) : undefined;
  },
});
