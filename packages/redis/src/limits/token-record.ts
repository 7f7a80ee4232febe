import type { Redis } from "../redis.ts";
import { script } from "../script.ts";

/**
 * A bucket that all nodes share: `n` tokens at the time `t` of the server. A record that is not there is a full bucket, so it expires when it would be
 * full. Tokens that a node gave out on credit are taken off afterwards, and `n` may be below zero for a while: no token is counted twice or forgotten.
 */
const TAKE = script(`
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local returned, used = tonumber(ARGV[4]), tonumber(ARGV[5])
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local record = redis.call('HMGET', KEYS[1], 'n', 't')
local past = math.max(0, now - (tonumber(record[2]) or now))
local n = math.min(burst, (tonumber(record[1]) or burst) + past * rate / 1000000)
n = math.min(burst, n - used + returned)
local got = math.max(0, math.min(wanted, math.floor(n)))
n = n - got
local full = rate > 0 and math.ceil((burst - n) * 1000 / rate) + 1000 or 604800000
redis.call('HSET', KEYS[1], 'n', string.format('%.3f', n), 't', string.format('%.0f', now))
redis.call('PEXPIRE', KEYS[1], string.format('%.0f', math.min(full, 604800000)))
return { got, string.format('%.3f', n) }`);

/** What is there now, without a change. */
const LOOK = script(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local record = redis.call('HMGET', KEYS[1], 'n', 't')
if not record[1] then return false end
local past = math.max(0, now - tonumber(record[2]))
return string.format('%.3f', math.min(tonumber(ARGV[2]), tonumber(record[1]) + past * tonumber(ARGV[1]) / 1000000))`);

export interface TokenRate {
  /** New tokens a second. */
  readonly rateLimit: number;
  /** The most tokens that there can be. */
  readonly burstLimit: number;
}

/** TokenOrder is what a node wants of a bucket, and settles with it. */
export interface TokenOrder {
  readonly wanted: number;
  /** Tokens of earlier orders that were not used. */
  readonly returned: number;
  /** Tokens that were given out on credit. */
  readonly used: number;
}

export interface TokenReply {
  readonly granted: number;
  /** What is left in the bucket. */
  readonly left: number;
}

const keyOf = (redis: Redis, bucket: string): string => redis.key(`throttle:${bucket}`);

/** orderTokens settles with a bucket and takes tokens of it, in one step on the server's clock. */
export async function orderTokens(
  redis: Redis,
  bucket: string,
  { rateLimit, burstLimit }: TokenRate,
  { wanted, returned, used }: TokenOrder,
): Promise<TokenReply> {
  const args = [rateLimit, burstLimit, wanted, returned, used].map(String);
  const [granted, left] = await redis.run<[number, string]>(TAKE, keyOf(redis, bucket), args);
  return { granted, left: Number(left) };
}

/** tokensLeft is how many tokens a bucket has now; one that nobody used lately is full. */
export async function tokensLeft(
  redis: Redis,
  bucket: string,
  { rateLimit, burstLimit }: TokenRate,
): Promise<number> {
  const args = [String(rateLimit), String(burstLimit)];
  const left = await redis.run<string | null>(LOOK, keyOf(redis, bucket), args);
  return left === null ? burstLimit : Number(left);
}
