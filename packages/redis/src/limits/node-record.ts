import type { Redis } from "../redis.ts";
import { script } from "../script.ts";

/** A node that was not heard of for so long is gone. */
const GONE_MS = 3_000;

/**
 * Who is there, and since when the server has its data: an epoch begins where there are none. `b`: how many nodes there were before that, as the first of
 * them say; `k:NODE`: one of them that has told what it knows.
 */
export const signInScript = script(`
local node, gone, fresh = ARGV[1], tonumber(ARGV[2]), ARGV[3]
local known_epoch, known_live, has_told = ARGV[4], tonumber(ARGV[5]), ARGV[6] == '1'
local t = redis.call('TIME')
local now = math.floor(t[1] * 1000 + t[2] / 1000)
local all = redis.call('HGETALL', KEYS[1])
local live, epoch, since, most, told = 0, false, now, 0, 0
for i = 1, #all, 2 do
  local name, value = all[i], all[i + 1]
  if name == 'epoch' then epoch = value
  elseif name == 'since' then since = tonumber(value)
  elseif name == 'b' then most = tonumber(value)
  elseif string.sub(name, 1, 2) == 'k:' then told = told + 1
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
if known_epoch ~= '' and known_epoch ~= epoch then
  most = math.max(most, known_live)
  redis.call('HSET', KEYS[1], 'b', string.format('%.0f', most))
elseif has_told then
  told = told + redis.call('HSET', KEYS[1], 'k:' .. node, '1')
end
return { live, epoch, string.format('%.0f', math.max(0, now - since)), most - told }`);

/** NodesNow are the nodes that share limits, and the epoch of the server's data: another one means that it has lost them. */
export interface NodesNow {
  readonly live: number;
  readonly epoch: string;
  readonly epochAgeMs: number;
  /** How many nodes of the epoch before have not told what they know. */
  readonly untold: number;
}

/** NodeNews is what a node knew when it last signed in. */
export interface NodeNews {
  /** Empty: it was not there before. */
  readonly epoch: string;
  /** How many nodes there were. */
  readonly live: number;
  /** Whether it was there in an epoch before this one, and the server has heard in this one all that it knows. */
  readonly hasTold: boolean;
}

const NOTHING: NodeNews = { epoch: "", live: 0, hasTold: false };

const keyOf = (redis: Redis): string => redis.key("nodes");

/** signIn says that a node is there; an empty name only looks. `freshEpoch` names the epoch if one begins now. */
export async function signIn(
  redis: Redis,
  node: string,
  freshEpoch: string,
  { epoch: known, live: before, hasTold }: NodeNews = NOTHING,
): Promise<NodesNow> {
  const args = [node, String(GONE_MS), freshEpoch, known, String(before), hasTold ? "1" : "0"];
  const reply = await redis.run<[number, string, string, number]>(signInScript, keyOf(redis), args);
  const [live, epoch, age, untold] = reply;
  return { live, epoch, epochAgeMs: Number(age), untold };
}

export async function signOut(redis: Redis, node: string): Promise<void> {
  await redis.command(keyOf(redis), ["HDEL", keyOf(redis), `n:${node}`]);
}
