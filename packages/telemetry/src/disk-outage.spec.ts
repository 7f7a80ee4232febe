import { expect, it, vi } from "vitest";
import { DiskOutage } from "./disk-outage.ts";
import type { Logger } from "./logger.ts";

it("a failed write is told once for each outage, and so is its end", () => {
  const [error, info] = [vi.fn(), vi.fn()];
  const disk = new DiskOutage("the file", { error, info } as unknown as Logger);
  const fail = () =>
    disk.attempt(() => {
      throw new Error("ENOSPC");
    });
  const succeed = () => disk.attempt(() => undefined);
  expect([succeed(), fail(), fail(), succeed(), succeed(), fail()]).toEqual([
    true,
    false,
    false,
    true,
    true,
    false,
  ]);
  expect(error.mock.calls.map(([, text]) => text)).toEqual(Array(2).fill("the file cannot be written"));
  expect(info.mock.calls).toEqual([["the file can be written again"]]);
});
