import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { NO_FACTS } from "@tollgate/usage-stream";
import { LoadGuard, NONE_WAITING } from "../listener/load-guard.ts";
import { Spool, usageEvents } from "../usage/spool.ts";
import { beatOf } from "./beats.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "beats-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const spoolWith = (allowedBytes: number) =>
  new Spool({
    folder,
    worker: 0,
    boot: "ab",
    segmentBytes: 1_000_000,
    allowedBytes,
    sync: "never",
    events: { ...usageEvents, put: (_out, at) => at + 100 },
    report: () => undefined,
  });
const record = (spool: Spool) => {
  spool.add(Buffer.alloc(0), NO_FACTS);
  spool.commit();
};
const guard = () => new LoadGuard({ delayMs: 100, nowMs: () => 0, idleMs: () => 0, waiting: NONE_WAITING });

describe("a worker says", () => {
  it("nothing while it can record calls", () => {
    const spool = spoolWith(1_000_000);
    record(spool);
    expect(beatOf({ spool, guard: guard() })).toEqual({ type: "beat", outage: undefined, isShedding: false });
  });

  it("that its spool is full, until it may write more, though no call comes", () => {
    const spool = spoolWith(10);
    expect(() => record(spool)).toThrow("the spool is full");
    expect(beatOf({ spool, guard: guard() }).outage).toContain("the spool is full (TOLLGATE_SPOOL_MB)");
    spool.allow(1_000_000);
    expect(beatOf({ spool, guard: guard() }).outage).toBeUndefined();
  });

  it("that the disk takes nothing, until a file can be written, though no call comes", () => {
    const spool = spoolWith(1_000_000);
    spool[Symbol.dispose](); // its file cannot be written to any more
    expect(() => record(spool)).toThrow("EBADF");
    const moved = `${folder}-away`;
    rmSync(folder, { recursive: true });
    expect(beatOf({ spool, guard: guard() }).outage).toContain("ENOENT");
    folder = mkdtempSync(moved);
  });

  it("that it refuses every call, and leaves no file behind", () => {
    const spool = spoolWith(1_000_000);
    const busy = guard();
    busy.memory(true);
    const inFlight = (callsInFlight: number) => ({ callsInFlight, busyBySource: () => new Map() });
    for (const calls of [17, 18]) expect(busy.refusal(0, inFlight(calls), "a")).toBe("memory");
    expect(beatOf({ spool, guard: busy }).isShedding).toBe(true);
    expect(beatOf({ spool, guard: busy }).isShedding).toBe(false); // no call came since
    busy.refusal(0, inFlight(17), "a");
    busy.refusal(0, inFlight(1), "a");
    expect(beatOf({ spool, guard: busy }).isShedding).toBe(false); // one was taken
    expect(readdirSync(folder).filter((name) => name.startsWith("probe"))).toEqual([]);
  });
});
