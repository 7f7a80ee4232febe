/** The polynomial of Castagnoli, its bits reversed (RFC 3720, appendix B.4). */
const POLYNOMIAL = 0x82f63b78;
/** Bytes that are taken at a time: one table for each of them. */
const WIDTH = 8;

/** Table k has the checksum of each byte that k bytes follow. */
const tables = Array.from({ length: WIDTH }, () => new Int32Array(256));
const [T0, T1, T2, T3, T4, T5, T6, T7] = tables as [
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
  Int32Array,
];
for (let byte = 0; byte < 256; byte++) {
  let sum = byte;
  for (let bit = 0; bit < 8; bit++) sum = sum & 1 ? (sum >>> 1) ^ POLYNOMIAL : sum >>> 1;
  T0[byte] = sum;
}
for (let k = 1; k < WIDTH; k++)
  for (let byte = 0; byte < 256; byte++) {
    const before = (tables[k - 1] as Int32Array)[byte] as number;
    (tables[k] as Int32Array)[byte] = (T0[before & 255] as number) ^ (before >>> 8);
  }

/** crc32c is the CRC-32C of bytes, as Kafka's record batches have it. zlib has no such checksum. Eight bytes at a time ("slicing by 8", Kounavis and Berry). */
export function crc32c(bytes: Buffer, from: number, to: number): number {
  let sum = -1;
  let at = from;
  for (const last = to - WIDTH; at <= last; at += WIDTH) {
    sum ^= bytes.readInt32LE(at);
    const next = bytes.readInt32LE(at + 4);
    sum =
      (T7[sum & 255] as number) ^
      (T6[(sum >>> 8) & 255] as number) ^
      (T5[(sum >>> 16) & 255] as number) ^
      (T4[sum >>> 24] as number) ^
      (T3[next & 255] as number) ^
      (T2[(next >>> 8) & 255] as number) ^
      (T1[(next >>> 16) & 255] as number) ^
      (T0[next >>> 24] as number);
  }
  for (; at < to; at++) sum = (T0[(sum ^ (bytes[at] as number)) & 255] as number) ^ (sum >>> 8);
  return (sum ^ -1) >>> 0;
}
