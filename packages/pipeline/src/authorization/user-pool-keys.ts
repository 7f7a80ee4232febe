import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { fetchWhole } from "../integrations/fetch-whole.ts";
import type { Transport } from "../ports.ts";

const TIMEOUT_MS = 1500;
/** A key set is asked for again after this time, and at most this often for a key that it lacks. */
const FRESH_MS = 10 * 60_000;
const COOLDOWN_MS = 30_000;

interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly readMs: number;
}

/** UserPoolKeys keeps the public keys of user pools. */
export class UserPoolKeys {
  readonly #nowMs: () => number;
  readonly #sets = new Map<string, Promise<KeySet>>();

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** ofUrl is the key set of a pool; `anew` asks for it again, unless that was just done. Throws where it cannot be had. */
  async ofUrl(url: string, transport: Transport, { anew = false } = {}): Promise<JWTVerifyGetKey> {
    const known = this.#sets.get(url);
    if (known) {
      const set = await known;
      const ageMs = this.#nowMs() - set.readMs;
      if (ageMs < (anew ? COOLDOWN_MS : FRESH_MS)) return set.find;
      if (this.#sets.get(url) === known) {
        // While it cannot be had anew the old one counts.
        this.#ask(url, transport, set);
      }
    } else this.#ask(url, transport, undefined);
    return (await (this.#sets.get(url) as Promise<KeySet>)).find;
  }

  #ask(url: string, transport: Transport, old: KeySet | undefined): void {
    const asked = read(url, transport)
      .then((find) => ({ find, readMs: this.#nowMs() }))
      .catch((error: unknown) => {
        if (old) return { ...old, readMs: this.#nowMs() };
        this.#sets.delete(url);
        throw error;
      });
    this.#sets.set(url, asked);
  }
}

async function read(url: string, transport: Transport): Promise<JWTVerifyGetKey> {
  const { origin, host, pathname } = new URL(url);
  const answer = await fetchWhole(transport, {
    origin,
    path: pathname,
    method: "GET",
    headers: ["Host", host, "Accept", "application/json"],
    body: undefined,
    timeoutMs: TIMEOUT_MS,
    tls: undefined,
  });
  if (typeof answer === "string" || answer.status !== 200)
    throw new Error(`no keys at ${url}: ${typeof answer === "string" ? answer : answer.status}`);
  return createLocalJWKSet(JSON.parse(answer.body.toString("utf8")) as JSONWebKeySet);
}
