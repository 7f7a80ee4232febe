import { createHmac, randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { HmacKey } from "./hmac-key.ts";

it("makes the HMAC that node:crypto makes, of texts of every length and of characters of all kinds", () => {
  for (let i = 0; i < 600; i++) {
    const key = randomBytes(32);
    const text = `${"é".repeat(i % 7)}${"x".repeat(i)}${i % 3 ? "" : "日本"}${i % 5 ? "" : "\ud800"}`;
    expect(new HmacKey(key).sign(text)).toBe(createHmac("sha256", key).update(text, "utf8").digest("hex"));
  }
});
