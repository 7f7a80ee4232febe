export { parseRedisUrl, REDIS_FORMS, type RedisAddress, type RedisPlace } from "./address.ts";
export {
  type CacheFound,
  claimCached,
  findCached,
  forgetCached,
  keepCached,
  onCacheRemoved,
} from "./cache/cache-record.ts";
export { AWAY_MS, type NodesNow, signIn, signOut } from "./limits/node-record.ts";
export {
  type CallsUsed,
  callsUsed,
  closeShare,
  isFirstPeriod,
  orderCalls,
  type QuotaOrder,
  type QuotaReply,
  type QuotaTerms,
  type Standing,
  setCalls,
} from "./limits/quota-record.ts";
export {
  orderTokens,
  type TokenOrder,
  type TokenRate,
  type TokenReply,
  tokensLeft,
} from "./limits/token-record.ts";
export { openRedis, type Redis, type RedisArgument, RedisUnavailable } from "./redis.ts";
export { type Script, script } from "./script.ts";
export { type RedisSettings, type RedisTls, readRedisSettings } from "./settings.ts";
