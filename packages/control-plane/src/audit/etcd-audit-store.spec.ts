import { describe, expect, it } from "vitest";
import { TXN_MAX_BYTES, TXN_MAX_OPS } from "../store/etcd-keys.ts";
import { cut } from "./etcd-audit-store.ts";

const puts = (count: number, kilobytes: number) =>
  Array.from({ length: count }, (_, i) => ({
    request_put: { key: Buffer.from(`log/${i}`), value: Buffer.alloc(kilobytes * 1024) },
  }));

describe("audit records that are written at once", () => {
  it.each([
    ["few and small", 3, 1, 1],
    ["many", 300, 1, 3],
    ["large", 100, 16, 2],
    ["very large", 100, 60, 6],
    ["larger than a transaction each", 2, 1100, 2],
  ])("are cut to transactions that etcd accepts: %s", (_what, count, kilobytes, parts) => {
    const ops = puts(count, kilobytes);
    const found = [...cut(ops)];
    expect(found).toHaveLength(parts);
    expect(found.flat()).toEqual(ops);
    for (const part of found) {
      expect(part.length).toBeLessThanOrEqual(TXN_MAX_OPS);
      const bytes = part.reduce((sum, op) => sum + (op.request_put?.value?.length ?? 0), 0);
      if (part.length > 1) expect(bytes).toBeLessThanOrEqual(TXN_MAX_BYTES);
    }
  });
});
