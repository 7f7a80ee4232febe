import { createHmac, hash } from "node:crypto";

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** Room for a text to sign: longer ones take the long way. */
const TEXT_MAX_BYTES = 512;

/** A block of the hash: the key, padded and combined with a constant (RFC 2104, 2). */
function padded(key: Buffer, constant: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES, constant);
  for (const [i, byte] of key.entries()) block[i] = byte ^ constant;
  return block;
}

/** What is hashed goes through these: one signature is made at a time. */
const inner = Buffer.allocUnsafeSlow(BLOCK_BYTES + TEXT_MAX_BYTES);
const outer = Buffer.allocUnsafeSlow(BLOCK_BYTES + DIGEST_BYTES);

/** HmacKey makes HMAC-SHA-256 (RFC 2104) of short texts by two one-shot hashes: node:crypto's Hmac takes longer. */
export class HmacKey {
  readonly #key: Buffer;
  readonly #inner: Buffer;
  readonly #outer: Buffer;

  /** `key` has 32 bytes: it is itself an HMAC. */
  constructor(key: Buffer) {
    this.#key = key;
    this.#inner = padded(key, 0x36);
    this.#outer = padded(key, 0x5c);
  }

  /** sign returns the HMAC of a text in UTF-8, in hexadecimal digits. */
  sign(text: string): string {
    // A character has up to three bytes.
    if (text.length * 3 > TEXT_MAX_BYTES)
      return createHmac("sha256", this.#key).update(text, "utf8").digest("hex");
    this.#inner.copy(inner);
    const sizeBytes = BLOCK_BYTES + inner.write(text, BLOCK_BYTES, "utf8");
    this.#outer.copy(outer);
    outer.write(hash("sha256", inner.subarray(0, sizeBytes), "latin1"), BLOCK_BYTES, "latin1");
    return hash("sha256", outer, "hex");
  }
}
