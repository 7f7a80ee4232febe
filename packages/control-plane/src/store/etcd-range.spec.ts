import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { expect, it } from "vitest";
import { decodeRange } from "./etcd-range.ts";

/** A KeyValue as etcd sends it, with the members that nobody asks for, and one that it does not have yet. */
const keyValue = (key: string, value: string, modRevision: bigint): Uint8Array =>
  new BinaryWriter()
    .tag(1, WireType.LengthDelimited)
    .string(key)
    .tag(2, WireType.Varint)
    .int64(3n)
    .tag(3, WireType.Varint)
    .int64(modRevision)
    .tag(4, WireType.Varint)
    .int64(7n)
    .tag(5, WireType.LengthDelimited)
    .string(value)
    .tag(6, WireType.Varint)
    .int64(1n)
    .tag(90, WireType.LengthDelimited)
    .string("of a later version")
    .finish();

it("reads keys, values and revisions of a range, and whether there is more", () => {
  const { header, kvs, more } = { header: new Uint8Array([8, 1, 24, 9]), kvs: 2, more: 3 };
  const writer = new BinaryWriter().tag(1, WireType.LengthDelimited).bytes(header);
  writer.tag(kvs, WireType.LengthDelimited).bytes(keyValue("a", "", 5n));
  writer.tag(kvs, WireType.LengthDelimited).bytes(keyValue("ö", "€".repeat(300), 2n ** 40n));
  writer.tag(more, WireType.Varint).bool(true).tag(4, WireType.Varint).int64(99n);
  const page = decodeRange(Buffer.from(writer.finish()));
  expect([page.more, page.count]).toEqual([true, 99]);
  expect(page.kvs.map(({ key, value, mod_revision }) => [String(key), String(value), mod_revision])).toEqual([
    ["a", "", 5],
    ["ö", "€".repeat(300), 2 ** 40],
  ]);
});

it("reads the response of a range without keys", () => {
  expect(decodeRange(Buffer.alloc(0))).toEqual({ kvs: [], more: false, count: 0 });
});
