import type { ThrottleSettings } from "@tollgate/config";
import type { Reply } from "../call/reply.ts";
import type { FilterFactory } from "../engine/ports.ts";
import type { Limiter } from "../runtime/limiter.ts";
import { limitNames } from "./limit-names.ts";
import { throttled } from "./too-many.ts";

/** What the settings of a route say of its throttle. */
interface ThrottledSettings {
  readonly throttlingRateLimit?: number | undefined;
  readonly throttlingBurstLimit?: number | undefined;
}

/** throttleOf is the throttle that settings give a route; one of the two numbers alone counts for both, as far as it can. */
export function throttleOf(settings: ThrottledSettings | undefined): ThrottleSettings | undefined {
  const { throttlingRateLimit: rate = -1, throttlingBurstLimit: burst = -1 } = settings ?? {};
  if (rate < 0 && burst < 0) return undefined;
  if (rate < 0) return { rateLimit: Number.MAX_SAFE_INTEGER, burstLimit: burst };
  return { rateLimit: rate, burstLimit: burst < 0 ? Math.ceil(rate) : burst };
}

interface Level {
  readonly bucket: string;
  readonly throttle: ThrottleSettings;
}

function takeAll(
  levels: readonly Level[],
  limiter: Limiter,
  from = 0,
): Reply | undefined | Promise<Reply | undefined> {
  for (let i = from; i < levels.length; i++) {
    const { bucket, throttle } = levels[i] as Level;
    const waitMs = limiter.take(bucket, throttle);
    if (waitMs === 0) continue;
    if (waitMs instanceof Promise)
      return waitMs.then((late) => (late === 0 ? takeAll(levels, limiter, i + 1) : throttled(late)));
    return throttled(waitMs);
  }
  return undefined;
}

/** throttling holds calls to the limits that all callers share: the route's, the account's, the region's (AWS: request throttling). */
export const throttling: FilterFactory = ({ context, throttle, resourcePath, httpMethod }, ports) => {
  const levels: Level[] = [];
  const add = (bucket: string, limit: ThrottleSettings | undefined) =>
    limit && levels.push({ bucket, throttle: limit });
  const { apiId, stageName, accountId } = context;
  add(limitNames.method({ apiId, stageName, httpMethod, resourcePath }), throttle);
  add(limitNames.account(accountId), context.accountThrottle);
  add(limitNames.region, ports.regionThrottle);
  if (levels.length === 0) return undefined;
  return () => takeAll(levels, ports.limiter);
};
