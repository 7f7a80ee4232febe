import { describe, expect, it } from "vitest";
import { readProxyHeader } from "./proxy-header.ts";

const SIGNATURE = "0d0a0d0a000d0a515549540a";
const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
const length = (bytes: Buffer) => bytes.length.toString(16).padStart(4, "0");
/** A header of version 2: command and family, and what follows. */
const v2 = (commandAndFamily: string, ...parts: readonly (string | Buffer)[]) => {
  const rest = Buffer.concat(parts.map((part) => (typeof part === "string" ? hex(part) : part)));
  return Buffer.concat([hex(`${SIGNATURE}${commandAndFamily}${length(rest)}`), rest]);
};
const value = (type: string, content: Buffer) => Buffer.concat([hex(type + length(content)), content]);
const TCP4 = "c0000207 c0000201 1267 01bb";
const TCP6 = "20010db8000000000000000000000007 20010db8000000000000000000000001 1267 01bb";
const endpoint = (id: string) => value("ea", Buffer.from(`\x01${id}`, "latin1"));

const from = (source?: string, vpcEndpointId?: string) => ({ source, vpcEndpointId });
const REFUSED = "refused";
const text = (line: string) => Buffer.from(line, "latin1");

describe("a header of the PROXY protocol, version 1", () => {
  it.each<[string, ReturnType<typeof from> | "refused"]>([
    ["PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n", from("192.0.2.7")],
    ["PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n", from("255.255.255.255")],
    ["PROXY TCP4 192.0.2.7 192.0.2.1 0 0\r\n", from("192.0.2.7")],
    ["PROXY TCP6 2001:DB8:0::7 2001:db8::1 4711 443\r\n", from("2001:db8::7")],
    ["PROXY TCP6 ::ffff:192.0.2.7 ::1 4711 443\r\n", from("192.0.2.7")],
    ["PROXY TCP6 ::ffff:c000:207 ::1 4711 443\r\n", from("192.0.2.7")],
    ["PROXY UNKNOWN\r\n", from()],
    ["PROXY UNKNOWN 6.6.6.6 what ever\r\n", from()],
    [`PROXY UNKNOWN ${"f".repeat(91)}\r\n`, from()],
    [`PROXY UNKNOWN ${"f".repeat(92)}\r\n`, REFUSED],
    ["PROXY TCP4 192.0.2.7 192.0.2.1 4711\r\n", REFUSED],
    ["PROXY TCP4 192.0.2.7 192.0.2.1 4711 443 \r\n", REFUSED],
    ["PROXY TCP4  192.0.2.7 192.0.2.1 4711 443\r\n", REFUSED],
    ["PROXY TCP4 192.0.2.07 192.0.2.1 4711 443\r\n", REFUSED],
    ["PROXY TCP4 192.0.2 192.0.2.1 4711 443\r\n", REFUSED],
    ["PROXY TCP4 2001:db8::7 192.0.2.1 4711 443\r\n", REFUSED],
    ["PROXY TCP4 192.0.2.7 2001:db8::1 4711 443\r\n", REFUSED],
    ["PROXY TCP4 192.0.2.7 192.0.2.1 65536 443\r\n", REFUSED],
    ["PROXY TCP4 192.0.2.7 192.0.2.1 04711 443\r\n", REFUSED],
    ["PROXY TCP4 192.0.2.7 192.0.2.1 -1 443\r\n", REFUSED],
    ["PROXY TCP6 192.0.2.7 192.0.2.1 4711 443\r\n", REFUSED],
    ["PROXY TCP6 fe80::1%eth0 ::1 4711 443\r\n", REFUSED],
    ["PROXY TCP4\t192.0.2.7 192.0.2.1 4711 443\r\n", REFUSED],
    ["PROXY UDP4 192.0.2.7 192.0.2.1 4711 443\r\n", REFUSED],
    ["PROXY  \r\n", REFUSED],
    ["PROXY\r\n", REFUSED],
    ["proxy TCP4 192.0.2.7 192.0.2.1 4711 443\r\n", REFUSED],
    [`PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\n${" ".repeat(80)}`, REFUSED],
    ["GET / HTTP/1.1\r\n", REFUSED],
    [" PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n", REFUSED],
  ])("%j", (line, wanted) => {
    const parsed = readProxyHeader(text(`${line}GET / HTTP/1.1\r\n\r\n`));
    expect(parsed).toEqual(wanted === REFUSED ? REFUSED : { value: wanted, takenBytes: line.length });
  });
});

describe("a header of the PROXY protocol, version 2", () => {
  /** The bytes of RFC 3720's example of CRC-32C are another length: this one is checked against a table of its own. */
  const withChecksum = (wrong = 0) => {
    const zeros = v2("2111", TCP4, value("03", Buffer.alloc(4)));
    const table = Array.from({ length: 256 }, (_, n) => {
      let c = n;
      for (let k = 0; k < 8; k++) c = c & 1 ? 0x82f63b78 ^ (c >>> 1) : c >>> 1;
      return c >>> 0;
    });
    const crc =
      zeros.reduce((c, byte) => (table[(c ^ byte) & 255] as number) ^ (c >>> 8), 0xffffffff) ^ 0xffffffff;
    zeros.writeUInt32BE((crc ^ wrong) >>> 0, zeros.length - 4);
    return zeros;
  };

  it.each<[string, Buffer, ReturnType<typeof from> | "refused"]>([
    ["TCP over IPv4", v2("2111", TCP4), from("192.0.2.7")],
    ["TCP over IPv6", v2("2121", TCP6), from("2001:db8::7")],
    [
      "IPv4 mapped into IPv6",
      v2("2121", "00000000000000000000ffffc0000207", "0".repeat(40)),
      from("192.0.2.7"),
    ],
    ["the proxy itself", v2("2000"), from()],
    ["the proxy itself, whatever it says", v2("2011", TCP4, "ff"), from()],
    ["a family that is not said", v2("2100"), from()],
    ["a family that is not said, with bytes", v2("2100", "0102"), from()],
    [
      "values that nobody reads",
      v2("2111", TCP4, value("04", Buffer.alloc(20)), value("02", text("a.example"))),
      from("192.0.2.7"),
    ],
    [
      "a VPC endpoint",
      v2("2111", TCP4, endpoint("vpce-08d2bf15fac5001c9")),
      from("192.0.2.7", "vpce-08d2bf15fac5001c9"),
    ],
    ["another subtype of AWS", v2("2111", TCP4, value("ea", text("\x02vpce-1"))), from("192.0.2.7")],
    ["an empty value of AWS", v2("2111", TCP4, value("ea", text(""))), from("192.0.2.7")],
    ["a checksum", withChecksum(), from("192.0.2.7")],
    ["a wrong checksum", withChecksum(1), REFUSED],
    ["a checksum of another size", v2("2111", TCP4, value("03", Buffer.alloc(3))), REFUSED],
    ["two VPC endpoints", v2("2111", TCP4, endpoint("vpce-1"), endpoint("vpce-2")), REFUSED],
    ["a VPC endpoint without an id", v2("2111", TCP4, endpoint("")), REFUSED],
    ["an id that is none", v2("2111", TCP4, endpoint("vpce-1\n")), REFUSED],
    ["a value that is longer than the header", v2("2111", TCP4, "ea00ff01"), REFUSED],
    ["half a value", v2("2111", TCP4, "0400"), REFUSED],
    ["addresses that are cut off", v2("2111", "c0000207"), REFUSED],
    ["addresses of IPv6 that are cut off", v2("2121", TCP4), REFUSED],
    ["UDP", v2("2112", TCP4), REFUSED],
    ["a socket of Unix", v2("2131", "00".repeat(216)), REFUSED],
    ["a family that is not known", v2("2141", TCP4), REFUSED],
    ["a command that is not known", v2("2211", TCP4), REFUSED],
    ["version 1 in the form of version 2", v2("1111", TCP4), REFUSED],
    ["version 3", v2("3111", TCP4), REFUSED],
    ["more than is read", v2("2111", TCP4, value("04", Buffer.alloc(4100))), REFUSED],
    ["a broken signature", hex(`0d0a0d0a000d0a515549540b2111000c${TCP4}`), REFUSED],
  ])("%s", (_what, header, wanted) => {
    const parsed = readProxyHeader(Buffer.concat([header, text("GET / HTTP/1.1\r\n\r\n")]));
    expect(parsed).toEqual(wanted === REFUSED ? REFUSED : { value: wanted, takenBytes: header.length });
  });
});

it.each([
  ["1", text("PROXY TCP6 2001:db8::7 2001:db8::1 4711 443\r\n"), from("2001:db8::7")],
  ["2", v2("2111", TCP4, endpoint("vpce-1")), from("192.0.2.7", "vpce-1")],
])(
  "version %s may arrive byte by byte: more is asked for until it is whole, and never too much",
  (_version, header, wanted) => {
    for (let size = 1; size < header.length; size++) {
      const parsed = readProxyHeader(header.subarray(0, size));
      expect(parsed).toEqual({ needsBytes: expect.any(Number) as number });
      const { needsBytes } = parsed as { needsBytes: number };
      expect(needsBytes).toBeGreaterThan(size);
      expect(needsBytes).toBeLessThanOrEqual(header.length);
    }
    expect(readProxyHeader(header)).toEqual({ value: wanted, takenBytes: header.length });
  },
);

it("whatever bytes come, it throws nothing, takes no more than there is, and ends with a few thousand", () => {
  let seed = 7;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1103515245) + 12345) >>> 0;
    return (seed >>> 8) % below;
  };
  const samples = [
    text("PROXY TCP4 192.0.2.7 192.0.2.1 4711 443\r\n"),
    v2("2111", TCP4, endpoint("vpce-08d2bf15fac5001c9"), value("03", Buffer.alloc(4))),
    v2("2121", TCP6, value("20", Buffer.alloc(30, 1))),
  ];
  for (let run = 0; run < 20_000; run++) {
    const bytes = Buffer.from(samples[run % samples.length] as Buffer);
    for (let changes = random(4); changes >= 0; changes--) bytes[random(bytes.length)] = random(256);
    const given = bytes.subarray(0, 1 + random(bytes.length));
    const parsed = readProxyHeader(given);
    if (parsed === "refused") continue;
    if ("needsBytes" in parsed) {
      expect(parsed.needsBytes > given.length && parsed.needsBytes <= 4096).toBe(true);
      continue;
    }
    expect(parsed.takenBytes).toBeLessThanOrEqual(given.length);
    expect(parsed.value.source ?? "192.0.2.1").toMatch(/^(\d{1,3}(\.\d{1,3}){3}|[0-9a-f:]+)$/);
  }
});
