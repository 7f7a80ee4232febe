import { createCipheriv, createDecipheriv, createHash, randomBytes } from "node:crypto";

/** What a sealed text begins with. */
export const PREFIX = "tollgate-sealed:v1:";
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const GCM = { authTagLength: TAG_BYTES };

/** newSealingKey is a key as readSealingKeys reads it: 32 bytes in base64. */
export const newSealingKey = (): string => randomBytes(KEY_BYTES).toString("base64");

/** readSealingKeys reads keys in base64; a text says what is wrong with one. */
export function readSealingKeys(texts: readonly string[]): readonly Buffer[] | string {
  const keys = texts.map((text) => Buffer.from(text, "base64"));
  return keys.every((key) => key.length === KEY_BYTES)
    ? keys
    : `each key must be ${KEY_BYTES} bytes in base64, such as 'openssl rand -base64 ${KEY_BYTES}' prints`;
}

interface NamedKey {
  readonly id: string;
  readonly key: Buffer;
}

/** Sealer encrypts secrets for the store with AES-256-GCM. The first key seals, all of them open: that is how keys are rotated. */
export class Sealer {
  readonly #keys: readonly NamedKey[];

  constructor(keys: readonly Buffer[]) {
    this.#keys = keys.map((key) => ({ id: createHash("sha256").update(key).digest("hex").slice(0, 8), key }));
  }

  /** Whether there is a key to seal with. */
  get canSeal(): boolean {
    return this.#keys.length > 0;
  }

  /** seal encrypts a text so that it opens at this place only. */
  seal(text: string, place: string): string {
    const [first] = this.#keys;
    if (!first) throw new Error("there is no key to seal secrets with");
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", first.key, nonce, GCM).setAAD(Buffer.from(place));
    const sealed = Buffer.concat([nonce, cipher.update(text, "utf8"), cipher.final(), cipher.getAuthTag()]);
    return `${PREFIX}${first.id}:${sealed.toString("base64")}`;
  }

  /** open is the inverse of seal; throws where no key fits or the text was touched. */
  open(sealed: string, place: string): string {
    const [id = "", data = ""] = sealed.startsWith(PREFIX) ? sealed.slice(PREFIX.length).split(":") : [];
    const fitting = this.#keys.find((named) => named.id === id);
    if (!fitting)
      throw new Error(
        `the secret at ${place} is sealed with key '${id}', which is not among the ${this.#keys.length} keys of TOLLGATE_SECRETS_KEY`,
      );
    const bytes = Buffer.from(data, "base64");
    const body = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", fitting.key, bytes.subarray(0, NONCE_BYTES), GCM)
      .setAAD(Buffer.from(place))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    return Buffer.concat([decipher.update(body), decipher.final()]).toString("utf8");
  }
}
