import { createHmac, randomInt } from "node:crypto";
import { encode, type TxtAnswer } from "dns-packet";
import type { TsigKey } from "./dns-settings.ts";

/** OPCODE 5 (RFC 2136, 2.2). */
const UPDATE = 5 << 11;
const CLASS_ANY = 255;
const TYPE_TSIG = 250;
/** Seconds by which the clocks of both sides may differ (RFC 8945, 10). */
const FUDGE = 300;
const ADDITIONAL_COUNT_AT = 10;

/** TxtUpdate is a name whose TXT records become the given ones, and no others. */
export interface TxtUpdate {
  readonly zone: string;
  readonly name: string;
  readonly texts: readonly string[];
  /** Seconds for which resolvers keep them. */
  readonly ttl: number;
}

const uint = (value: number, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  buffer.writeUIntBE(value, 0, bytes);
  return buffer;
};

/** A name as it is signed: in lower case, not compressed (RFC 8945, 4.3.3). */
const encodedName = (name: string): Buffer =>
  Buffer.concat([
    ...name.split(".").map((label) => Buffer.concat([uint(label.length, 1), Buffer.from(label, "latin1")])),
    uint(0, 1),
  ]);

/** The TSIG record that signs a message: an HMAC of it and of the record's own members (RFC 8945, 4.2 and 4.3.3). */
function tsigOf(message: Buffer, { algorithm, name, secret }: TsigKey, nowMs: number): Buffer {
  const keyName = encodedName(name);
  const algorithmName = encodedName(algorithm);
  const time = uint(Math.floor(nowMs / 1_000), 6);
  const [classAndTtl, fudge, noError, noOtherData] = [
    Buffer.concat([uint(CLASS_ANY, 2), uint(0, 4)]),
    uint(FUDGE, 2),
    uint(0, 2),
    uint(0, 2),
  ];
  const mac = createHmac(algorithm.slice("hmac-".length), secret)
    .update(message)
    .update(Buffer.concat([keyName, classAndTtl, algorithmName, time, fudge, noError, noOtherData]))
    .digest();
  const id = message.subarray(0, 2);
  const data = Buffer.concat([
    algorithmName,
    time,
    fudge,
    uint(mac.length, 2),
    mac,
    id,
    noError,
    noOtherData,
  ]);
  return Buffer.concat([keyName, uint(TYPE_TSIG, 2), classAndTtl, uint(data.length, 2), data]);
}

/** updateMessage is a dynamic update (RFC 2136), signed with a key: what is there under the name goes, and the texts come. */
export function updateMessage({ zone, name, texts, ttl }: TxtUpdate, key: TsigKey, nowMs: number): Buffer {
  const all = { name, type: "TXT", class: "ANY", ttl: 0, data: [] as string[] };
  const added = texts.map((text) => ({ name, type: "TXT", class: "IN", ttl, data: [text] }));
  const message = encode({
    id: randomInt(0x1_00_00),
    flags: UPDATE,
    questions: [{ name: zone, type: "SOA", class: "IN" }],
    authorities: [all, ...added] as TxtAnswer[],
  });
  const signed = Buffer.concat([message, tsigOf(message, key, nowMs)]);
  signed.writeUInt16BE(1, ADDITIONAL_COUNT_AT);
  return signed;
}
