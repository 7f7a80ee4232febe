import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { Refusal } from "../refusal.ts";
import { AuditSpool } from "./audit-spool.ts";
import { describeAuditStore } from "./audit-store.contract.ts";
import type { AuditStore } from "./audit-store.ts";
import { openEmbeddedAuditStore } from "./embedded-audit-store.ts";
import { spoolAudit } from "./spooled-audit-store.ts";

const logger = createLogger("test", "silent");
const eventually = (check: () => unknown) => vi.waitFor(check, { timeout: 20_000, interval: 2 });
const MAX_BYTES = 10_000;
const entry = (key: string, value = key) => ({ key, value });

/** A store that can be away. */
function open({ file = ":memory:", maxBytes = MAX_BYTES } = {}) {
  const kept = openEmbeddedAuditStore({ file: ":memory:" });
  const state = { isAway: false, isKnown: true, puts: 0 };
  const store: AuditStore = {
    ...kept,
    put: async (entries) => {
      state.puts++;
      if (state.isAway) throw new Refusal("unavailable", "etcd cannot be reached");
      await kept.put(entries);
    },
  };
  const spool = new AuditSpool({ file, maxBytes });
  const spooled = spoolAudit({
    store,
    spool,
    outage: () => (state.isAway && state.isKnown ? "etcd cannot be reached" : undefined),
    logger,
    retryMs: 1,
  });
  const stored = () => kept.range({ from: "", to: "~", limit: 1000, newestFirst: false });
  return { spooled, spool, state, stored };
}

describeAuditStore(
  "the audit store with a spool, while the store can be reached",
  async () => open().spooled,
);

describe("while the audit store is away", () => {
  it.each([
    ["that is known", true],
    ["that is noticed by the call", false],
  ])("records are kept on disk (%s), and delivered when it is back", async (_when, isKnown) => {
    const { spooled, spool, state, stored } = open();
    state.isKnown = isKnown;
    state.isAway = true;
    await spooled.put([entry("log/1")]);
    await spooled.put([entry("log/2"), entry("log/3")]);
    expect(await stored()).toEqual([]);
    expect(spool.bytes).toBeGreaterThan(0);
    state.isAway = false;
    await eventually(async () => expect(await stored()).toHaveLength(3));
    await eventually(() => expect(spool.isEmpty).toBe(true));
    expect(spool.bytes).toBe(0);
    await spooled[Symbol.asyncDispose]();
  });

  it("it is not called while its absence is known", async () => {
    const { spooled, state } = open();
    state.isAway = true;
    await spooled.put([entry("log/1")]);
    expect(state.puts).toBe(0);
    await spooled[Symbol.asyncDispose]();
  });

  it("a record of the end of a call replaces that of its begin, wherever the two were kept", async () => {
    const { spooled, spool, state, stored } = open();
    await spooled.put([entry("log/1", "begun")]);
    state.isAway = true;
    await spooled.put([entry("log/1", "over"), entry("log/2", "begun")]);
    state.isAway = false;
    // It comes while the spool is being delivered, and must not be overtaken by it.
    await spooled.put([entry("log/2", "over")]);
    await eventually(() => expect(spool.isEmpty).toBe(true));
    expect(await stored()).toEqual([entry("log/1", "over"), entry("log/2", "over")]);
    await spooled[Symbol.asyncDispose]();
  });

  it("records of an earlier process are delivered", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tollgate-spool-"));
    const file = join(folder, "audit-spool.db");
    const earlier = open({ file });
    earlier.state.isAway = true;
    await earlier.spooled.put([entry("log/1")]);
    await earlier.spooled[Symbol.asyncDispose]();
    const { spooled, spool, stored } = open({ file });
    expect(spool.bytes).toBe(10);
    await eventually(async () => expect(await stored()).toEqual([entry("log/1")]));
    await spooled[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it("the spool is bounded, and what it cannot take is refused with the cause", async () => {
    const { spooled, spool, state, stored } = open();
    state.isAway = true;
    const long = "x".repeat(1_000);
    const put = (i: number) => spooled.put([entry(`log/${i}`, long)]);
    for (let i = 0; i < 9; i++) await put(i);
    await expect(put(9)).rejects.toMatchObject({
      reason: "unavailable",
      message: expect.stringMatching(/its spool on disk is full \(10000 bytes, TOLLGATE_AUDIT_SPOOL_MB\)/),
    });
    state.isAway = false;
    await eventually(() => expect(spool.isEmpty).toBe(true));
    expect(await stored()).toHaveLength(9);
    await put(9);
    await spooled[Symbol.asyncDispose]();
  });

  it("two control planes with one directory deliver each record", async () => {
    const folder = mkdtempSync(join(tmpdir(), "tollgate-spool-"));
    const file = join(folder, "audit-spool.db");
    const [one, other] = [open({ file }), open({ file })];
    one.state.isAway = other.state.isAway = true;
    for (let i = 0; i < 20; i++) await (i % 2 === 0 ? one : other).spooled.put([entry(`log/${i}`)]);
    one.state.isAway = other.state.isAway = false;
    await eventually(() => expect([one.spool.isEmpty, other.spool.isEmpty]).toEqual([true, true]));
    const keys = [...(await one.stored()), ...(await other.stored())].map(({ key }) => key);
    expect(new Set(keys).size).toBe(20);
    await one.spooled[Symbol.asyncDispose]();
    await other.spooled[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });
});

it("an error that is not an outage is not hidden by the spool", async () => {
  const kept = openEmbeddedAuditStore({ file: ":memory:" });
  const spool = new AuditSpool({ file: ":memory:", maxBytes: MAX_BYTES });
  const put = () => Promise.reject(new Error("a bug"));
  const spooled = spoolAudit({ store: { ...kept, put }, spool, outage: () => undefined, logger });
  await expect(spooled.put([entry("log/1")])).rejects.toThrow("a bug");
  expect(spool.isEmpty).toBe(true);
  await spooled[Symbol.asyncDispose]();
});

it("a spool that cannot be read for a moment is read again", async () => {
  const { spooled, spool, state, stored } = open();
  state.isAway = true;
  const isEmpty = vi.spyOn(spool, "isEmpty", "get").mockReturnValueOnce(true);
  isEmpty.mockImplementationOnce(() => {
    throw new Error("database is locked");
  });
  await spooled.put([entry("log/1")]);
  isEmpty.mockRestore();
  state.isAway = false;
  await eventually(async () => expect(await stored()).toEqual([entry("log/1")]));
  await spooled[Symbol.asyncDispose]();
});
