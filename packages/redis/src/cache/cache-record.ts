import type { Redis } from "../redis.ts";
import { script } from "../script.ts";

/*
 * An entry of a cache that nodes share is one string: "E", the node that has made it, a space and the entry, or "L" and the node that makes it. Entries
 * are text without spaces, because replies are text. Nodes of the version before write no node and no space.
 */

/** Gives what is there; of all who find nothing, the first one is to make it, and the others hear how long they may wait. */
const FIND = script(`
local value = redis.call('GET', KEYS[1])
local kind = value and string.sub(value, 1, 1)
if kind == 'E' then return { 1, string.match(value, ' ([^ ]*)$') or string.sub(value, 2), redis.call('PTTL', KEYS[1]) } end
if value and string.sub(value, 2) ~= ARGV[1] then return { 2, '', redis.call('PTTL', KEYS[1]) } end
redis.call('SET', KEYS[1], 'L' .. ARGV[1], 'PX', ARGV[2])
return { 0, '', 0 }`);

/**
 * Keeps what a node has made in place of its claim, or of what it has made before. Anything else that is there is newer: its claim has ended, or somebody
 * has invalidated the entry, and another node makes it or has made it. If nothing is there, that may have been so too.
 */
const MADE = script(`
local value = redis.call('GET', KEYS[1])
local claim = 'L' .. ARGV[1]
if ARGV[2] == '0' then
  if value == claim then redis.call('DEL', KEYS[1]) end
  return 0
end
local own = 'E' .. ARGV[1] .. ' '
if value ~= claim and (not value or string.sub(value, 1, #own) ~= own) then return 0 end
redis.call('SET', KEYS[1], own .. ARGV[3], 'PX', ARGV[2])
return 1`);

/** CacheFound is what the server has of an entry: the entry, or that another node makes it, or that whoever asked is to make it. */
export type CacheFound =
  | { readonly kind: "entry"; readonly text: string; readonly ttlMs: number }
  | { readonly kind: "being made"; readonly forMs: number }
  | { readonly kind: "to make" };

const KINDS = ["to make", "entry", "being made"] as const;
const keyOf = (redis: Redis, name: string): string => redis.key(`cache:${name}`);
const channelOf = (redis: Redis): string => redis.key("cache-removed");

/** findCached looks an entry up. Who is to make it must call keepCached within `claimMs`: until then, other nodes wait for it. */
export async function findCached(
  redis: Redis,
  name: string,
  { node, claimMs }: { readonly node: string; readonly claimMs: number },
): Promise<CacheFound> {
  const [kind, text, ms] = await redis.run<[number, string, number]>(FIND, keyOf(redis, name), [
    node,
    String(claimMs),
  ]);
  switch (KINDS[kind]) {
    case "entry":
      return { kind: "entry", text, ttlMs: ms };
    case "being made":
      return { kind: "being made", forMs: ms };
    default:
      return { kind: "to make" };
  }
}

/** keepCached keeps what a node has made; without it, the next who looks for it makes it. Returns whether it is kept. */
export async function keepCached(
  redis: Redis,
  name: string,
  { node, text, ttlMs }: { readonly node: string; readonly text: string | undefined; readonly ttlMs: number },
): Promise<boolean> {
  const ms = text === undefined ? 0 : Math.max(0, Math.floor(ttlMs));
  return (await redis.run<number>(MADE, keyOf(redis, name), [node, String(ms), text ?? ""])) === 1;
}

/** claimCached replaces an entry by the claim of a node that makes it anew, and tells all nodes. */
export async function claimCached(
  redis: Redis,
  name: string,
  { node, claimMs }: { readonly node: string; readonly claimMs: number },
): Promise<void> {
  const key = keyOf(redis, name);
  await redis.command(key, ["SET", key, `L${node}`, "PX", String(claimMs)]);
  await redis.command(key, ["PUBLISH", channelOf(redis), `${node} ${name}`]);
}

/** forgetCached removes an entry that its node has no room for. */
export async function forgetCached(redis: Redis, name: string): Promise<void> {
  await redis.command(keyOf(redis, name), ["UNLINK", keyOf(redis, name)]);
}

/** onCacheRemoved hears of entries that other nodes have invalidated, as long as there is a connection. */
export function onCacheRemoved(redis: Redis, node: string, listener: (name: string) => void): Promise<void> {
  return redis.subscribe(channelOf(redis), (message) => {
    const at = message.indexOf(" ");
    if (message.slice(0, at) !== node) listener(message.slice(at + 1));
  });
}
