import type { Redis } from "../redis.ts";
import { script } from "../script.ts";

/**
 * The calls of one counter in one period. `u`: calls that were made or are leased; `o`: those that are leased; `g`: when what is left was set by hand;
 * `f`: what the first period was short of; `e`: the epoch (one life of the server's data) in which the record was made; `m`: the highest count that a node remembered since `g`, before the record was lost;
 * `n:NODE`: calls that the node has given out, and calls that it has leased; `s:NODE`: the newest of its orders.
 *
 * After a loss, a record counts from what it was in an earlier epoch `r`, in which all nodes had told how they stand: to the highest count that a node saw in it, each node adds
 * what it gave out since it saw its own. An epoch that is lost as soon as all have told may have lasted for some of them and not for others. So each node says how it stood in the
 * epochs before and after its own, too, and the first one decides which of them the record counts from.
 *
 * A node sends both of its numbers as they are, never as differences: what is sent twice counts once, and a reply that was lost loses nothing. An order that
 * arrives after a newer one, over a connection that the node has left, changes nothing.
 */
export const leaseScript = script(`
local limit, offset, ends = tonumber(ARGV[1]), tonumber(ARGV[2]), ARGV[3]
local granted_at, granted = tonumber(ARGV[4]), tonumber(ARGV[5])
local wanted, needed, part = tonumber(ARGV[6]), tonumber(ARGV[7]), tonumber(ARGV[8])
local node, spent, holding = ARGV[9], tonumber(ARGV[10]), tonumber(ARGV[11])
local told_spent, told_out = tonumber(ARGV[12]), tonumber(ARGV[13])
local seen, seen_epoch, epoch, seen_g = tonumber(ARGV[14]), ARGV[15], ARGV[16], tonumber(ARGV[17])
local sequence = tonumber(ARGV[18])
local field = 'n:' .. node
local record = redis.call('HMGET', KEYS[1], 'u', 'o', 'g', 'e', 'm', field, 'r', 's:' .. node, 'f')
local u, o, g = tonumber(record[1]), tonumber(record[2]) or 0, tonumber(record[3]) or 0
local e, m = record[4], tonumber(record[5]) or 0
if sequence <= (tonumber(record[8]) or 0) then
  return { 0, string.format('%.0f', u), string.format('%.0f', o), e, string.format('%.0f', g) }
end
if not e or e == '' then e = epoch end
local is_older = seen_epoch ~= '' and seen_epoch ~= e
-- A node that was in the record and is not in it now: the record was lost, also in the same epoch (DEL, eviction, FLUSHALL a moment ago).
local is_lost = is_older or (not record[6] and told_spent + told_out > 0)
local is_told = is_lost and not record[6]
local r = record[7] or ''
if is_told and r ~= '' and r ~= seen_epoch then
  for i = 19, #ARGV, 4 do
    if ARGV[i] == r then
      told_spent, told_out, seen = tonumber(ARGV[i + 1]), tonumber(ARGV[i + 2]), tonumber(ARGV[i + 3])
    end
  end
elseif r == '' then
  r = seen_epoch
end
if not u then
  u = math.max(offset, seen)
  m, g = seen, seen_g
elseif is_told and (seen_g > g or seen_g == g and seen > m) then
  u = u + seen - m
  m, g = seen, seen_g
end
-- Who only tells what it remembers does not know it.
if offset > (tonumber(record[9]) or -1) then redis.call('HSET', KEYS[1], 'f', string.format('%.0f', offset)) end
local past_spent, past_out = 0, 0
if record[6] then
  local s, h = string.match(record[6], '^(%S+) (%S+)$')
  past_spent, past_out = tonumber(s), tonumber(h)
elseif is_lost then
  past_spent, past_out = told_spent, told_out
  o = o + past_out
end
-- What a node remembers has a grant in it that it was told of: only one that is newer counts.
if granted_at > g then
  u = limit - granted + o
  m, g = u, granted_at
end
local change = spent - past_spent + holding - past_out
-- What was returned just before the loss may be in the highest count already: it is not taken off twice.
if is_told then change = math.max(0, change) end
u = u + change
o = o + holding - past_out
local left = limit - u
local got = math.max(0, math.min(wanted, math.max(needed, math.floor(left / part)), left))
u = u + got
o = o + got
redis.call('HSET', KEYS[1], 'u', string.format('%.0f', u), 'o', string.format('%.0f', o), 'g', string.format('%.0f', g),
  'e', e, 'm', string.format('%.0f', m), field, string.format('%.0f %.0f', spent, holding + got), 's:' .. node, ARGV[18])
if is_told then redis.call('HSET', KEYS[1], 'r', r) end
redis.call('PEXPIREAT', KEYS[1], ends)
return { got, string.format('%.0f', u), string.format('%.0f', o), e, string.format('%.0f', g) }`);

/** Sets what is left, or raises what is used to what metering has counted, which is never too much. */
const SET = script(`
local limit, granted_at, granted, counted, ends, epoch = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), ARGV[5], ARGV[6]
local record = redis.call('HMGET', KEYS[1], 'u', 'o', 'g', 'e', 'm')
local u, o, g = tonumber(record[1]) or 0, tonumber(record[2]) or 0, tonumber(record[3]) or 0
local m = tonumber(record[5]) or 0
if granted_at > g then
  u = limit - granted + o
  m, g = u, granted_at
end
-- What metering has counted is in what nodes remember, too: it is not added twice.
if counted > u - o then
  m = m + counted + o - u
  u = counted + o
end
redis.call('HSET', KEYS[1], 'u', string.format('%.0f', u), 'o', string.format('%.0f', o), 'g', string.format('%.0f', g), 'e', record[4] or epoch,
  'm', string.format('%.0f', m))
redis.call('PEXPIREAT', KEYS[1], ends)
return string.format('%.0f', u)`);

/** After all orders that a node may have sent. */
const LAST = String(Number.MAX_SAFE_INTEGER);

/** What a node had out when it ended becomes what it used, whatever of it arrives later. Nothing is changed where the record is new since then. */
export const closeScript = script(`
local record = redis.call('HMGET', KEYS[1], 'u', 'o', ARGV[1], 'g')
if not record[1] or not record[3] then return false end
local spent = tonumber(ARGV[2])
local s, h = string.match(record[3], '^(%S+) (%S+)$')
local given_back = tonumber(s) + tonumber(h) - spent
-- Of what was counted before what is left was set by hand, only leases are in the count now.
if (tonumber(record[4]) or 0) > 0 then given_back = math.min(given_back, tonumber(h)) end
redis.call('HSET', KEYS[1], 'u', string.format('%.0f', math.max(0, tonumber(record[1]) - given_back)),
  'o', string.format('%.0f', math.max(0, (tonumber(record[2]) or 0) - tonumber(h))), ARGV[1], string.format('%.0f 0', spent),
  's:' .. string.sub(ARGV[1], 3), '${LAST}')
return string.format('%.0f', given_back)`);

/** A record stays for so long after its period has ended: late calls and GetUsage find it. */
const KEPT_MS = 2 * 86_400_000;
/** The first period of a counter is remembered for so long after the last that had calls. */
const FIRST_KEPT_S = 400 * 86_400;
export const firstScript = script(`
redis.call('SET', KEYS[1], ARGV[1], 'NX')
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('GET', KEYS[1])`);

/** QuotaTerms are what a counter is held to in one period. */
export interface QuotaTerms {
  readonly counter: string;
  /** Such as DAY-2026-11-21. */
  readonly period: string;
  readonly endsUnixMs: number;
  readonly limit: number;
  /** What is left, where it was set by hand, and when. */
  readonly grantUnixMs: number;
  readonly granted: number;
}

/** Standing is how a node stood with a counter in an epoch, as the server last confirmed it. */
export interface Standing {
  readonly epoch: string;
  /** Calls that the node had given out, and those that it had leased and not given out. */
  readonly spent: number;
  readonly out: number;
  /** The server's count. */
  readonly seen: number;
  /** When what is left was set, where that is in the count. */
  readonly grantUnixMs: number;
}

/** QuotaOrder is what a node wants of a counter, and how it stands with it. */
export interface QuotaOrder {
  /** What the first period is short of. */
  readonly offset: number;
  readonly wanted: number;
  /** Calls that wait: they get what is left, even where that is a larger part of it than a node should lease. */
  readonly needed: number;
  /** A node leases at most one in so many of the calls that are left. */
  readonly part: number;
  /** Names the node and its start. */
  readonly node: string;
  /** Each order of a node has a higher one than those before it, whatever counter they are of. */
  readonly sequence: number;
  /** Calls that the node has given out in this period, and those that it has and has not given out. */
  readonly spent: number;
  readonly holding: number;
  /** The same two as the server last confirmed them, its count then, and its epoch. */
  readonly toldSpent: number;
  readonly toldOut: number;
  readonly seen: number;
  readonly seenEpoch: string;
  /** When what is left was set, where that is in the count. */
  readonly seenGrantUnixMs: number;
  /** How the node stood in the epochs before and after that one. */
  readonly others: readonly Pick<Standing, "epoch" | "spent" | "out" | "seen">[];
  readonly epoch: string;
}

export interface QuotaReply {
  readonly granted: number;
  /** Calls that were made or are leased. */
  readonly used: number;
  /** Those that are leased. */
  readonly leased: number;
  readonly epoch: string;
  /** When what is left was set by hand, as far as that is in the count. */
  readonly grantUnixMs: number;
}

const keyOf = (redis: Redis, { counter, period }: Pick<QuotaTerms, "counter" | "period">): string =>
  redis.key(`quota:${counter}:${period}`);

/** orderCalls settles with a counter and leases calls of it, in one step. */
export async function orderCalls(redis: Redis, terms: QuotaTerms, order: QuotaOrder): Promise<QuotaReply> {
  const { limit, endsUnixMs, grantUnixMs, granted } = terms;
  const { offset, wanted, needed, part, node, sequence, spent, holding } = order;
  const { toldSpent, toldOut, seen, seenEpoch, seenGrantUnixMs, epoch } = order;
  const wish = [limit, offset, endsUnixMs + KEPT_MS, grantUnixMs, granted, wanted, needed, part];
  const standing = [node, spent, holding, toldSpent, toldOut, seen, seenEpoch, epoch, seenGrantUnixMs];
  const others = order.others.flatMap((one) => [one.epoch, one.spent, one.out, one.seen]);
  const args = [...wish, ...standing, sequence, ...others].map(String);
  const reply = await redis.run<[number, string, string, string, string]>(
    leaseScript,
    keyOf(redis, terms),
    args,
  );
  const [got, used, leased, itsEpoch, grant] = reply;
  return {
    granted: got,
    used: Number(used),
    leased: Number(leased),
    epoch: itsEpoch,
    grantUnixMs: Number(grant),
  };
}

/**
 * closeShare settles a counter for a node that has ended without doing so: of what it had leased, `spent` calls were made. Returns how many calls are
 * available again (negative: it made more than were counted); undefined: the counter does not know the node.
 */
export async function closeShare(
  redis: Redis,
  terms: Pick<QuotaTerms, "counter" | "period">,
  { node, spent }: Pick<QuotaOrder, "node" | "spent">,
): Promise<number | undefined> {
  const back = await redis.run<string | null>(closeScript, keyOf(redis, terms), [`n:${node}`, String(spent)]);
  return back === null ? undefined : Number(back);
}

/** isFirstPeriod tells whether no earlier period of a counter had calls. The first who asks decides. */
export async function isFirstPeriod(redis: Redis, { counter, period }: QuotaTerms): Promise<boolean> {
  const key = redis.key(`quota-first:${counter}`);
  const first = await redis.run<string>(firstScript, key, [period, String(FIRST_KEPT_S)]);
  return first === period;
}

/** setCalls takes over what was set by hand and what metering has counted in a period, whichever is more recent or more. */
export async function setCalls(
  redis: Redis,
  terms: QuotaTerms,
  { counted, epoch }: { readonly counted: number; readonly epoch: string },
): Promise<void> {
  const { limit, grantUnixMs, granted, endsUnixMs } = terms;
  const args = [limit, grantUnixMs, granted, counted, endsUnixMs + KEPT_MS].map(String);
  await redis.run(SET, keyOf(redis, terms), [...args, epoch]);
}

/** CallsUsed are the calls of a counter in one period. */
export interface CallsUsed {
  /** Calls that count, which is also what the period was short of from its beginning. */
  readonly used: number;
  readonly offset: number;
  /** Calls that nodes have leased and may still make. */
  readonly leased: number;
}

/** callsUsed is how many calls were made in a period; undefined: there is no record of it. */
export async function callsUsed(
  redis: Redis,
  terms: Pick<QuotaTerms, "counter" | "period">,
): Promise<CallsUsed | undefined> {
  const key = keyOf(redis, terms);
  const [used, leased, offset] = await redis.command<(string | null)[]>(key, ["HMGET", key, "u", "o", "f"]);
  if (used === null || used === undefined) return undefined;
  const out = Number(leased ?? 0);
  return { used: Number(used) - out, offset: Number(offset ?? 0), leased: out };
}
