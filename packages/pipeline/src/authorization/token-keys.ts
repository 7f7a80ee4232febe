import { createLocalJWKSet, type JSONWebKeySet, type JWTVerifyGetKey } from "jose";
import { LRUCache } from "lru-cache";
import { fetchWhole } from "../upstream/fetch-whole.ts";
import type { Transport } from "../upstream/transport.ts";

/** AWS's limits of what issuers are asked for (AWS: JWT authorizers). */
const TIMEOUT_MS = 1500;
const RESPONSE_MAX_BYTES = 150_000;
/** A key set is asked for again after this time, and at most this often for a key that it lacks. */
const FRESH_MS = 10 * 60_000;
const COOLDOWN_MS = 30_000;

const SETS_MAX = 1000;

/** How keys are asked for. */
interface Asking {
  /** Once more, unless that was just done. */
  readonly again?: boolean;
  /** The URL is one of a service's endpoint. */
  readonly isServiceCall?: boolean;
}

interface KeySet {
  readonly find: JWTVerifyGetKey;
  readonly readMs: number;
}

/** TokenKeys keeps the public keys of those who issue tokens: user pools, and any issuer of OpenID Connect. */
export class TokenKeys {
  readonly #nowMs: () => number;
  readonly #sets = new LRUCache<string, Promise<KeySet>>({ max: SETS_MAX });

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** ofUrl is the key set at a URL. Throws where it cannot be read. */
  ofUrl(url: string, transport: Transport, asking: Asking = {}): Promise<JWTVerifyGetKey> {
    return this.#of(url, asking, (read) => readKeys(url, read), transport);
  }

  /** ofIssuer is the key set that an issuer names in its configuration (OpenID Connect Discovery 1.0, 4). */
  ofIssuer(issuer: string, transport: Transport, asking: Asking = {}): Promise<JWTVerifyGetKey> {
    const url = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
    const readSet = async (read: ReadJson) => {
      const { jwks_uri: keysUrl } = (await read(url)) as { readonly jwks_uri?: unknown };
      if (typeof keysUrl !== "string" || !URL.canParse(keysUrl)) throw new Error(`${url} names no jwks_uri`);
      return readKeys(keysUrl, read);
    };
    return this.#of(url, asking, readSet, transport);
  }

  async #of(
    url: string,
    { again = false, isServiceCall = false }: Asking,
    readSet: (read: ReadJson) => Promise<JWTVerifyGetKey>,
    transport: Transport,
  ): Promise<JWTVerifyGetKey> {
    // What a service's endpoint gave is not for those who must not reach it.
    const name = isServiceCall ? `service ${url}` : url;
    const read = () => readSet((of) => readJson(of, transport, isServiceCall));
    const known = this.#sets.get(name);
    if (known) {
      const set = await known;
      const ageMs = this.#nowMs() - set.readMs;
      if (ageMs < (again ? COOLDOWN_MS : FRESH_MS)) return set.find;
      if (this.#sets.get(name) === known) {
        // While it cannot be read again the old one counts.
        this.#ask(name, read, set);
      }
    } else this.#ask(name, read, undefined);
    return (await (this.#sets.get(name) as Promise<KeySet>)).find;
  }

  #ask(name: string, read: () => Promise<JWTVerifyGetKey>, old: KeySet | undefined): void {
    const asked = read()
      .then((find) => ({ find, readMs: this.#nowMs() }))
      .catch((error: unknown) => {
        if (old) return { ...old, readMs: this.#nowMs() };
        this.#sets.delete(name);
        throw error;
      });
    this.#sets.set(name, asked);
  }
}

type ReadJson = (url: string) => Promise<unknown>;

const readKeys = async (url: string, read: ReadJson): Promise<JWTVerifyGetKey> =>
  createLocalJWKSet((await read(url)) as JSONWebKeySet);

async function readJson(url: string, transport: Transport, isServiceCall: boolean): Promise<unknown> {
  const { origin, host, pathname, search } = new URL(url);
  const response = await fetchWhole(
    transport,
    {
      origin,
      path: `${pathname}${search}`,
      method: "GET",
      headers: ["Host", host, "Accept", "application/json"],
      body: undefined,
      timeoutMs: TIMEOUT_MS,
      tls: undefined,
      isServiceCall,
    },
    RESPONSE_MAX_BYTES,
  );
  if (response === "too-large")
    throw new Error(`the response of ${url} is too large; at most ${RESPONSE_MAX_BYTES} bytes are read`);
  if (typeof response === "string" || response.status !== 200)
    throw new Error(`no keys at ${url}: ${typeof response === "string" ? response : response.status}`);
  return JSON.parse(response.body.toString("utf8"));
}
