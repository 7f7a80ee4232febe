import { expect, it } from "vitest";
import { crc32c } from "./crc32c.ts";

it.each([
  // RFC 3720, appendix B.4.
  ["32 bytes of zeros", Buffer.alloc(32), 0x8a9136aa],
  ["32 bytes of ones", Buffer.alloc(32, 0xff), 0x62a8ab43],
  ["32 bytes that increase", Buffer.from(Array.from({ length: 32 }, (_, i) => i)), 0x46dd794e],
  ["32 bytes that decrease", Buffer.from(Array.from({ length: 32 }, (_, i) => 31 - i)), 0x113fdb5c],
  ["nothing", Buffer.alloc(0), 0],
  ["a number of bytes that is no multiple of eight", Buffer.from("123456789"), 0xe3069283],
])("the CRC-32C of %s", (_what, bytes, wanted) => {
  expect(crc32c(bytes, 0, bytes.length)).toBe(wanted);
  const within = Buffer.concat([Buffer.from("x"), bytes, Buffer.from("y")]);
  expect(crc32c(within, 1, 1 + bytes.length)).toBe(wanted);
});
