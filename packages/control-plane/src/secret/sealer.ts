import { createCipheriv, createDecipheriv, createHash, createHmac, hkdfSync, randomBytes } from "node:crypto";

/** Prefix of sealed secrets. */
export const PREFIX = "tollgate-sealed:v2:";
/** Prefix of an older version, which sealed without a data key. */
const WITHOUT_ENVELOPE = "tollgate-sealed:v1:";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const GCM = { authTagLength: TAG_BYTES };

/** newSealingKey creates a key as readSealingKeys reads it: 32 bytes in base64. */
export const newSealingKey = (): string => randomBytes(KEY_BYTES).toString("base64");

/** readSealingKeys reads keys in base64, or returns a message that says what is wrong with one. */
export function readSealingKeys(texts: readonly string[]): readonly Buffer[] | string {
  const keys = texts.map((text) => Buffer.from(text, "base64"));
  return keys.every((key) => key.length === KEY_BYTES)
    ? keys
    : `each key must be ${KEY_BYTES} bytes in base64, as printed by 'openssl rand -base64 ${KEY_BYTES}'`;
}

/** Bytes of a lookup: enough that two names never have the same one. */
const LOOKUP_BYTES = 16;

interface NamedKey {
  readonly id: string;
  readonly key: Buffer;
  /** Makes lookups. Derived, because one key should have one use. */
  readonly lookupKey: Buffer;
}

const named = (key: Buffer): NamedKey => ({
  id: createHash("sha256").update(key).digest("hex").slice(0, 8),
  key,
  lookupKey: Buffer.from(hkdfSync("sha256", key, "", "tollgate lookups", KEY_BYTES)),
});

/** Nonce, ciphertext and tag of AES-256-GCM, bound to a place. */
function encrypt(key: Buffer, bytes: Buffer, place: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce, GCM).setAAD(Buffer.from(place));
  return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]);
}

function decrypt(key: Buffer, sealed: Buffer, place: string): Buffer {
  const decipher = createDecipheriv("aes-256-gcm", key, sealed.subarray(0, NONCE_BYTES), GCM)
    .setAAD(Buffer.from(place))
    .setAuthTag(sealed.subarray(-TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES, -TAG_BYTES)), decipher.final()]);
}

/** Length of a wrapped data key, which precedes the data that it seals. */
const WRAPPED_BYTES = NONCE_BYTES + KEY_BYTES + TAG_BYTES;

/**
 * Sealer encrypts secrets for the store, each with its own data key, which the first of the sealer's keys seals (envelope encryption). All
 * keys can open, so that keys can be rotated.
 */
export class Sealer {
  readonly #keys: readonly NamedKey[];

  constructor(keys: readonly Buffer[]) {
    this.#keys = keys.map(named);
  }

  get id(): string {
    return this.#keys.map(({ id }) => id).join();
  }

  /** Whether there is a key to seal with. */
  get canSeal(): boolean {
    return this.#keys.length > 0;
  }

  /** isCurrent says whether a secret is sealed with the first key and in the current format. */
  isCurrent(sealed: string): boolean {
    return sealed.startsWith(`${PREFIX}${this.#keys[0]?.id}:`);
  }

  /** seal encrypts a secret so that it can be opened at this place only. */
  seal(text: string, place: string): string {
    const [first] = this.#keys;
    if (!first) throw new Error("no key to seal secrets is set");
    const dataKey = randomBytes(KEY_BYTES);
    const sealed = Buffer.concat([
      encrypt(first.key, dataKey, place),
      encrypt(dataKey, Buffer.from(text), place),
    ]);
    return `${PREFIX}${first.id}:${sealed.toString("base64")}`;
  }

  /**
   * lookupsOf are what a sealed entity is found by without opening it: a keyed hash of one of its names under each key, the first one first.
   * Without the key, nobody can tell from it what the name is, nor try values that are likely.
   */
  lookupsOf(name: string): readonly string[] {
    return this.#keys.map(({ id, lookupKey }) => {
      const hash = createHmac("sha256", lookupKey).update(name).digest().subarray(0, LOOKUP_BYTES);
      return `${id}:${hash.toString("base64url")}`;
    });
  }

  /** isCurrentLookup says whether a lookup was made with the first key. */
  isCurrentLookup(lookup: string): boolean {
    return lookup.startsWith(`${this.#keys[0]?.id}:`);
  }

  /** isLookup says whether a lookup was made with one of the keys. */
  isLookup(lookup: string): boolean {
    return this.#keys.some(({ id }) => lookup.startsWith(`${id}:`));
  }

  /** open is the inverse of seal; it throws if no key fits or the sealed secret was changed. */
  open(sealed: string, place: string): string {
    const isBare = sealed.startsWith(WITHOUT_ENVELOPE);
    const isSealed = isBare || sealed.startsWith(PREFIX);
    const [id = "", data = ""] = isSealed ? sealed.slice(PREFIX.length).split(":") : [];
    const fitting = this.#keys.find((one) => one.id === id);
    if (!fitting)
      throw new Error(
        `the secret at ${place} is sealed with key '${id}', which is not among the ${this.#keys.length} keys of TOLLGATE_SECRETS_KEY`,
      );
    const bytes = Buffer.from(data, "base64");
    if (isBare) return decrypt(fitting.key, bytes, place).toString("utf8");
    const dataKey = decrypt(fitting.key, bytes.subarray(0, WRAPPED_BYTES), place);
    return decrypt(dataKey, bytes.subarray(WRAPPED_BYTES), place).toString("utf8");
  }
}
