import type { MethodSetting, ThrottleSettings } from "@tollgate/config";
import { deny } from "../call/errors.ts";
import type { Limiter } from "../runtime/limiter.ts";
import type { FilterFactory } from "../rest-api/order.ts";
import type { Reply } from "../call/reply.ts";

const throttled = deny("THROTTLED");

/** The throttle that a method's settings give it; one of the two numbers alone stands for both, as far as it can. */
function throttleOf(settings: MethodSetting | undefined): ThrottleSettings | undefined {
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
    const taken = limiter.take(bucket, throttle);
    if (taken instanceof Promise)
      return taken.then((late) => (late ? takeAll(levels, limiter, i + 1) : throttled));
    if (!taken) return throttled;
  }
  return undefined;
}

/** throttling holds calls to the limits that all callers share: the method's, the account's, the region's (AWS: request throttling). */
export const throttling: FilterFactory = ({ context, settings, resourcePath, httpMethod }, ports) => {
  const levels: Level[] = [];
  const add = (bucket: string, throttle: ThrottleSettings | undefined) =>
    throttle && levels.push({ bucket, throttle });
  const { apiId, stageName, accountId } = context;
  add(`method/${apiId}/${stageName}/${httpMethod}${resourcePath}`, throttleOf(settings));
  add(`account/${accountId}`, context.accountThrottle);
  add("region", ports.regionThrottle);
  if (levels.length === 0) return undefined;
  return () => takeAll(levels, ports.limiter);
};
