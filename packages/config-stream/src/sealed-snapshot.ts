import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";

/*
 * A sealed snapshot: what it is, 12 bytes of nonce, the snapshot by AES-256-GCM (NIST SP 800-38D), 16 bytes of tag.
 */
const MAGIC = Buffer.from("TOLLGATE-SEALED-SNAPSHOT-1\n");
const ALGORITHM = "aes-256-gcm";
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** sealedParts are parts of a snapshot sealed with a key of 32 bytes, one after the other: they are many megabytes together. */
export function* sealedParts(parts: Iterable<Buffer>, key: Uint8Array): Generator<Buffer> {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(ALGORITHM, key, nonce, { authTagLength: TAG_BYTES }).setAAD(MAGIC);
  yield Buffer.concat([MAGIC, nonce]);
  for (const part of parts) yield cipher.update(part);
  yield Buffer.concat([cipher.final(), cipher.getAuthTag()]);
}

/** isSealed says whether a snapshot is sealed, with whatever key. */
export const isSealed = (bytes: Buffer): boolean => bytes.subarray(0, MAGIC.length).equals(MAGIC);

/** unsealed are the bytes of a snapshot, which may be sealed. Throws where they are, and were not with this key, or were changed. */
export function unsealed(bytes: Buffer, key: Uint8Array | undefined): Buffer {
  if (!isSealed(bytes)) return bytes;
  if (!key) throw new Error("the snapshot is sealed, and there is no key");
  const contentAt = MAGIC.length + NONCE_BYTES;
  const decipher = createDecipheriv(ALGORITHM, key, bytes.subarray(MAGIC.length, contentAt), {
    authTagLength: TAG_BYTES,
  })
    .setAAD(MAGIC)
    .setAuthTag(bytes.subarray(-TAG_BYTES));
  const content = decipher.update(bytes.subarray(contentAt, -TAG_BYTES));
  decipher.final();
  return content;
}
