import type { Script } from "@tollgate/redis";
import { signInScript, signOutScript } from "../../../packages/redis/src/limits/node-record.ts";
import { closeScript, firstScript, leaseScript } from "../../../packages/redis/src/limits/quota-record.ts";

type Hash = Map<string, string>;
export type Reply = number | string | null | readonly (number | string)[];

const text = (value: number): string => value.toFixed(0);
const numberOf = (value: string | undefined): number => Number(value ?? 0);

/** Calls that a node has given out, and calls that it has leased. */
function callsOf(record: string): readonly [number, number] {
  const [spent = 0, out = 0] = record.split(" ").map(Number);
  return [spent, out];
}

/** How a node stood in one of the other epochs that it tells of, or, if it does not tell of it, in its own. */
function standingIn(epoch: string, args: readonly string[]): readonly [number, number, number] {
  const standingAt = (i: number) => [Number(args[i]), Number(args[i + 1]), Number(args[i + 2])] as const;
  for (let i = 18; i < args.length; i += 4) if (args[i] === epoch) return standingAt(i + 1);
  return standingAt(11);
}

interface SignedIn {
  readonly node: string;
  readonly now: number;
  readonly version: number;
  readonly gone: number;
  readonly away: number;
}

/** ScriptModel does what the scripts of limits do, without a server: `quota-record.spec.ts` shows that both reply the same. */
export class ScriptModel {
  readonly #hashes = new Map<string, Hash>();
  readonly #unixMs: () => number;

  constructor(unixMs: () => number) {
    this.#unixMs = unixMs;
  }

  run({ digest }: Script, key: string, args: readonly string[]): Reply {
    switch (digest) {
      case leaseScript.digest:
        return this.#lease(this.#hash(key), args);
      case signInScript.digest:
        return this.#signIn(this.#hash(key), args);
      case signOutScript.digest:
        return this.#signOut(this.#hash(key), args);
      case closeScript.digest:
        return this.#close(this.#hash(key), args);
      case firstScript.digest:
        return this.#first(this.#hash(key), args);
      default:
        throw new Error("no model of this script");
    }
  }

  #hash(key: string): Hash {
    let hash = this.#hashes.get(key);
    if (!hash) this.#hashes.set(key, (hash = new Map()));
    return hash;
  }

  #first(hash: Hash, [period = ""]: readonly string[]): Reply {
    if (!hash.has("")) hash.set("", period);
    return hash.get("") ?? "";
  }

  #signIn(hash: Hash, args: readonly string[]): Reply {
    const [node = "", fresh = "", knownEpoch = "", knownVersion = "", hasTold = "", before = ""] = args;
    const now = Math.floor(this.#unixMs());
    if (!hash.has("epoch")) hash.set("epoch", fresh).set("since", text(now));
    const epoch = hash.get("epoch") ?? "";
    let version = numberOf(hash.get("k:v"));
    const [gone, away] = [Number(args[6]), Number(args[7])];
    const isAwaiting = now - numberOf(hash.get("since")) <= away;
    if (!isAwaiting) for (const name of hash.keys()) if (/^k:[bt]:/.test(name)) hash.delete(name);
    if (node !== "") {
      if (!hash.has(`n:${node}`)) hash.set(`k:j:${node}`, text(++version));
      hash.set(`n:${node}`, text(now));
      if (knownEpoch === epoch) {
        hash.set(`k:a:${node}`, knownVersion);
        if (hasTold === "1" && isAwaiting) hash.set(`k:t:${node}`, "1");
      } else if (knownEpoch !== "" && isAwaiting)
        for (const name of before.split(",").filter(Boolean)) hash.set(`k:b:${name}`, "1");
    }
    return this.#nodes(hash, { node, now, version, gone, away });
  }

  #nodes(hash: Hash, { node, now, version: before, gone, away }: SignedIn): Reply {
    let version = before;
    const epoch = hash.get("epoch") ?? "";
    const names = new Set<string>();
    let [live, seen] = [0, version];
    for (const [field, value] of [...hash].filter(([name]) => name.startsWith("n:"))) {
      const name = field.slice(2);
      const ms = now - Number(value);
      if (ms > (name.includes("/") ? gone : away)) {
        this.#strike(hash, name);
        version++;
        continue;
      }
      names.add(name);
      if (ms > gone) continue;
      live++;
      if (name !== node) seen = Math.min(seen, numberOf(hash.get(`k:a:${name}`)));
    }
    const ageMs = now - numberOf(hash.get("since"));
    const missed = [...hash.keys()].filter((name) => name.startsWith("k:b:")).map((name) => name.slice(4));
    const untold = missed.filter((name) => !hash.has(`k:t:${name}`));
    hash.set("k:v", text(version));
    const all = [...new Set([...names, ...untold])].toSorted().join(",");
    const joined = numberOf(hash.get(`k:j:${node}`));
    return [live, epoch, text(Math.max(0, ageMs)), untold.toSorted().join(","), all, version, seen, joined];
  }

  #strike(hash: Hash, node: string): void {
    for (const kind of ["n:", "k:a:", "k:j:"]) hash.delete(kind + node);
  }

  #signOut(hash: Hash, [node = ""]: readonly string[]): Reply {
    this.#strike(hash, node);
    const version = numberOf(hash.get("k:v")) + 1;
    hash.set("k:v", text(version));
    return version;
  }

  #close(hash: Hash, [field = "", made = ""]: readonly string[]): Reply {
    const own = hash.get(field);
    if (!hash.has("u") || own === undefined) return null;
    const spent = Number(made);
    const [s, h] = callsOf(own);
    let back = s + h - spent;
    if (numberOf(hash.get("g")) > 0) back = Math.min(back, h);
    hash.set("u", text(Math.max(0, numberOf(hash.get("u")) - back)));
    hash.set("o", text(Math.max(0, numberOf(hash.get("o")) - h)));
    hash.set(field, `${text(spent)} 0`).set(`s:${field.slice(2)}`, text(Number.MAX_SAFE_INTEGER));
    return text(back);
  }

  // oxlint-disable-next-line eslint/complexity -- line by line what the script does, so that both can be compared by reading
  #lease(hash: Hash, args: readonly string[]): Reply {
    const n = (i: number) => Number(args[i]);
    const [limit, offset, grantedAt, granted] = [n(0), n(1), n(3), n(4)];
    const [wanted, needed, part, node, spent, holding] = [n(5), n(6), n(7), args[8], n(9), n(10)];
    let [toldSpent, toldOut, seen] = [n(11), n(12), n(13)];
    const [seenEpoch, epoch, seenG] = [String(args[14]), String(args[15]), n(16)];
    const field = `n:${node}`;
    const own = hash.get(field);
    let u = hash.has("u") ? Number(hash.get("u")) : undefined;
    let [o, g, m] = [numberOf(hash.get("o")), numberOf(hash.get("g")), numberOf(hash.get("m"))];
    const e = hash.get("e") || epoch;
    if (n(17) <= numberOf(hash.get(`s:${node}`))) return [0, text(Number(u)), text(o), e, text(g)];
    const isOlder = seenEpoch !== "" && seenEpoch !== e;
    const isTold = own === undefined && (isOlder || toldSpent + toldOut > 0);
    let r = hash.get("r") ?? "";
    if (r === "") r = seenEpoch;
    else if (isTold && r !== seenEpoch) [toldSpent, toldOut, seen] = standingIn(r, args);
    if (u === undefined) {
      u = Math.max(offset, seen);
      [m, g] = [seen, seenG];
    } else if (isTold && (seenG > g || (seenG === g && seen > m))) {
      u += seen - m;
      [m, g] = [seen, seenG];
    }
    if (offset > Number(hash.get("f") ?? -1)) hash.set("f", text(offset));
    let [pastSpent, pastOut] = own === undefined ? [0, 0] : callsOf(own);
    if (isTold) {
      [pastSpent, pastOut] = [toldSpent, toldOut];
      o += pastOut;
    }
    if (grantedAt > g) {
      u = limit - granted + o;
      [m, g] = [u, grantedAt];
    }
    let change = spent - pastSpent + holding - pastOut;
    if (isTold) change = Math.max(0, change);
    u += change;
    o += holding - pastOut;
    const left = limit - u;
    const got = Math.max(0, Math.min(wanted, Math.max(needed, Math.floor(left / part)), left));
    u += got;
    o += got;
    hash.set("u", text(u)).set("o", text(o)).set("g", text(g)).set("e", e).set("m", text(m));
    hash.set(field, `${text(spent)} ${text(holding + got)}`).set(`s:${node}`, text(n(17)));
    if (isTold) hash.set("r", r);
    return [got, text(u), text(o), e, text(g)];
  }
}
