import type { Redis } from "../redis.ts";
import { script } from "../script.ts";

/** A node that was not heard of for so long is gone. */
const GONE_MS = 3_000;
/** One that has not signed out is waited for so long after that: it alone may know what it used of quotas. */
export const AWAY_MS = 3_600_000;

/**
 * Who is there, and since when the server has its data: an epoch begins where there are none. `n:NODE`: when a node was last heard of; it stays while the node is away, until
 * it signs out. `v`: the version of this list; `k:j:NODE`: the one with which the node came in; `k:a:NODE`: the newest one that it has seen. `k:b:NODE`: a node that was there in the
 * epoch before, as any of that time says; `k:t:NODE`: one that has reported what it knows. Both are removed
 * once nodes of that epoch are not waited for any more. Names with a slash are those of nodes of versions that gave no other.
 */
export const signInScript = script(`
local node, fresh, known_epoch, known_version = ARGV[1], ARGV[2], ARGV[3], tonumber(ARGV[4])
local has_told, before, gone, away = ARGV[5] == '1', ARGV[6], tonumber(ARGV[7]), tonumber(ARGV[8])
local key = KEYS[1]
local t = redis.call('TIME')
local now = math.floor(t[1] * 1000 + t[2] / 1000)
local function set(name, value) redis.call('HSET', key, name, string.format('%.0f', value)) end
local epoch = redis.call('HGET', key, 'epoch')
if not epoch then
  epoch = fresh
  redis.call('HSET', key, 'epoch', fresh)
  set('since', now)
end
local since = tonumber(redis.call('HGET', key, 'since') or now)
local is_awaiting = now - since <= away
local version = tonumber(redis.call('HGET', key, 'k:v') or 0)
if node ~= '' then
  if redis.call('HSET', key, 'n:' .. node, string.format('%.0f', now)) == 1 then
    version = version + 1
    set('k:j:' .. node, version)
  end
  if known_epoch == epoch then
    set('k:a:' .. node, known_version)
    if has_told and is_awaiting then redis.call('HSET', key, 'k:t:' .. node, '1') end
  elseif known_epoch ~= '' and is_awaiting then
    for name in string.gmatch(before, '[^,]+') do redis.call('HSET', key, 'k:b:' .. name, '1') end
  end
end
local all = redis.call('HGETALL', key)
local heard, acked, joined, told, missed = {}, {}, {}, {}, {}
for i = 1, #all, 2 do
  local name, value = all[i], all[i + 1]
  local kind = string.sub(name, 1, 4)
  if not is_awaiting and (kind == 'k:t:' or kind == 'k:b:') then redis.call('HDEL', key, name)
  elseif string.sub(name, 1, 2) == 'n:' then heard[string.sub(name, 3)] = tonumber(value)
  elseif kind == 'k:a:' then acked[string.sub(name, 5)] = tonumber(value)
  elseif kind == 'k:j:' then joined[string.sub(name, 5)] = tonumber(value)
  elseif kind == 'k:t:' then told[string.sub(name, 5)] = true
  elseif kind == 'k:b:' then table.insert(missed, string.sub(name, 5)) end
end
local names, untold, live, seen = {}, {}, 0, version
for name, ms in pairs(heard) do
  if now - ms > (string.find(name, '/', 1, true) and gone or away) then
    redis.call('HDEL', key, 'n:' .. name, 'k:a:' .. name, 'k:j:' .. name)
    version = version + 1
  else
    table.insert(names, name)
    if now - ms <= gone then
      live = live + 1
      if name ~= node then seen = math.min(seen, acked[name] or 0) end
    end
  end
end
for _, name in ipairs(missed) do
  if not told[name] then
    table.insert(untold, name)
    if not heard[name] then table.insert(names, name) end
  end
end
set('k:v', version)
table.sort(names)
table.sort(untold)
return { live, epoch, string.format('%.0f', math.max(0, now - since)), table.concat(untold, ','), table.concat(names, ','), version, seen, joined[node] or 0 }`);

/** Takes a node from the list, and returns the version of the list without it. */
export const signOutScript = script(`
redis.call('HDEL', KEYS[1], 'n:' .. ARGV[1], 'k:a:' .. ARGV[1], 'k:j:' .. ARGV[1])
return redis.call('HINCRBY', KEYS[1], 'k:v', 1)`);

/** NodesNow are the nodes that share limits, and the epoch of the server's data: another one means that it has lost them. */
export interface NodesNow {
  readonly live: number;
  readonly epoch: string;
  readonly epochAgeMs: number;
  /** Nodes of the epoch before that have not told what they know. */
  readonly untold: readonly string[];
  /** All nodes that the others would wait for if the server lost its data now. */
  readonly names: readonly string[];
  /** Of that list. */
  readonly version: number;
  /** The newest version that all other nodes have seen. */
  readonly seenVersion: number;
  /** The version with which the node came in. */
  readonly joinedVersion: number;
}

/** NodeNews is what a node knew when it last signed in. */
export interface NodeNews {
  /** Empty: it was not there before. */
  readonly epoch: string;
  /** The nodes that there were in that epoch, and the version of that list. */
  readonly names: readonly string[];
  readonly version: number;
  /** Whether the server has heard in that epoch all that it knows. */
  readonly hasTold: boolean;
}

const NOTHING: NodeNews = { epoch: "", names: [], version: 0, hasTold: false };

const keyOf = (redis: Redis): string => redis.key("nodes");
const namesOf = (text: string): readonly string[] => (text === "" ? [] : text.split(","));

/** signIn says that a node is there; an empty name only looks. `freshEpoch` names the epoch if one begins now. */
export async function signIn(
  redis: Redis,
  node: string,
  freshEpoch: string,
  { epoch: known, names, version, hasTold }: NodeNews = NOTHING,
): Promise<NodesNow> {
  const news = [known, String(version), hasTold ? "1" : "0", names.join(",")];
  const args = [node, freshEpoch, ...news, String(GONE_MS), String(AWAY_MS)];
  const reply = await redis.run<[number, string, string, string, string, number, number, number]>(
    signInScript,
    keyOf(redis),
    args,
  );
  const [live, epoch, age, untold, all, now, seen, joined] = reply;
  return {
    live,
    epoch,
    epochAgeMs: Number(age),
    untold: namesOf(untold),
    names: namesOf(all),
    version: now,
    seenVersion: seen,
    joinedVersion: joined,
  };
}

/** signOut says that a node has ended and settled everything, and returns the version of the list without it. */
export const signOut = (redis: Redis, node: string): Promise<number> =>
  redis.run<number>(signOutScript, keyOf(redis), [node]);
