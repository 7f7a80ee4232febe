import type { Redis } from "../redis.ts";
import { script } from "../script.ts";

/** A node that was not heard of for so long is gone. */
const GONE_MS = 3_000;

/** Who is there, and since when the server has its data: an epoch begins where there are none. */
const SIGN_IN = script(`
local node, gone, fresh = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local t = redis.call('TIME')
local now = math.floor(t[1] * 1000 + t[2] / 1000)
local all = redis.call('HGETALL', KEYS[1])
local live, epoch, since = 0, false, now
for i = 1, #all, 2 do
  local name, value = all[i], all[i + 1]
  if name == 'epoch' then epoch = value
  elseif name == 'since' then since = tonumber(value)
  elseif name ~= 'n:' .. node then
    if now - tonumber(value) > gone then redis.call('HDEL', KEYS[1], name) else live = live + 1 end
  end
end
if not epoch then
  epoch = fresh
  redis.call('HSET', KEYS[1], 'epoch', fresh, 'since', string.format('%.0f', now))
end
if node ~= '' then
  redis.call('HSET', KEYS[1], 'n:' .. node, string.format('%.0f', now))
  live = live + 1
end
return { live, epoch, string.format('%.0f', math.max(0, now - since)) }`);

/** NodesNow are the nodes that share limits, and the epoch of the server's data: another one means that it has lost them. */
export interface NodesNow {
  readonly live: number;
  readonly epoch: string;
  readonly epochAgeMs: number;
}

const keyOf = (redis: Redis): string => redis.key("nodes");

/** signIn says that a node is there; an empty name only looks. `freshEpoch` names the epoch if one begins now. */
export async function signIn(redis: Redis, node: string, freshEpoch: string): Promise<NodesNow> {
  const args = [node, String(GONE_MS), freshEpoch];
  const [live, epoch, age] = await redis.run<[number, string, string]>(SIGN_IN, keyOf(redis), args);
  return { live, epoch, epochAgeMs: Number(age) };
}

export async function signOut(redis: Redis, node: string): Promise<void> {
  await redis.command(keyOf(redis), ["HDEL", keyOf(redis), `n:${node}`]);
}
