import type { X509Certificate } from "node:crypto";

/** Of the parts of a certificate before its subject: serial number, algorithm, issuer, validity (RFC 5280, 4.1). */
const PARTS_BEFORE = 4;
const VERSION = 0xa0;
const LONG_FORM = 0x80;

/** Where the content of an element of DER begins and ends (X.690, 8.1). */
function contentOf(der: Buffer, at: number): readonly [from: number, end: number] {
  const first = der.readUInt8(at + 1);
  if (first < LONG_FORM) return [at + 2, at + 2 + first];
  const bytes = first - LONG_FORM;
  const from = at + 2 + bytes;
  return [from, from + der.readUIntBE(at + 2, bytes)];
}

/** subjectBytes is the size of the subject of a certificate, as TLS sends it. */
export function subjectBytes({ raw }: X509Certificate): number {
  const [signed] = contentOf(raw, 0);
  let [at] = contentOf(raw, signed);
  if (raw[at] === VERSION) [, at] = contentOf(raw, at);
  for (let part = 0; part < PARTS_BEFORE; part++) [, at] = contentOf(raw, at);
  const [, end] = contentOf(raw, at);
  return end - at;
}
