import type { FilterFactory } from "../engine/ports.ts";
import { limitNames } from "../filters/limit-names.ts";
import { throttled } from "../filters/too-many.ts";
import type { WebSocketRoute } from "./context.ts";

/** AWS's limit of new connections a second of an account (quotas for WebSocket APIs). */
const CONNECTS_PER_SECOND = { rateLimit: 500, burstLimit: 500 };

/** connectRate holds the clients of an account to the limit of new connections. */
export const connectRate: FilterFactory<WebSocketRoute> = ({ context: { accountId } }, { limiter }) => {
  const bucket = limitNames.connects(accountId);
  const refused = (waitMs: number) => (waitMs === 0 ? undefined : throttled(waitMs));
  return () => {
    const waitMs = limiter.take(bucket, CONNECTS_PER_SECOND);
    return waitMs instanceof Promise ? waitMs.then(refused) : refused(waitMs);
  };
};
