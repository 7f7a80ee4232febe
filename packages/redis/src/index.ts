export { parseRedisUrl, REDIS_FORMS, type RedisAddress, type RedisPlace } from "./address.ts";
export { openRedis, type Redis, type RedisArgument, RedisUnavailable } from "./redis.ts";
export { type Script, script } from "./script.ts";
export { type RedisSettings, type RedisTls, readRedisSettings } from "./settings.ts";
