import type * as Fs from "node:fs";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import type * as LogStores from "./log-store.ts";
import type * as Reading from "./read-events.ts";

/** What the disk does to calls that change it: fails them, or has ended the process before one of them. */
const disk = {
  /** Calls that are still done. */
  left: Number.POSITIVE_INFINITY,
  /** Also those that follow the one that fails: what a process that was killed had not done. */
  isDead: false,
  /** A write of a full disk writes a part first. */
  isPartial: false,
  calls: 0,
};

let LogStore: typeof LogStores.LogStore;
let readEvents: typeof Reading.readEvents;

/** node:fs with that disk. */
function failing(real: typeof Fs): typeof Fs {
  const failure = () => Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  const changing =
    <A extends unknown[], R>(run: (...args: A) => R, partial?: (...args: A) => void) =>
    (...args: A): R => {
      disk.calls++;
      if (disk.left > 0) {
        disk.left--;
        return run(...args);
      }
      if (disk.isPartial) partial?.(...args);
      if (!disk.isDead) disk.left = Number.POSITIVE_INFINITY;
      disk.isPartial = false;
      throw failure();
    };
  return {
    ...real,
    writeSync: changing(
      real.writeSync as (...args: unknown[]) => number,
      (fd, bytes, at = 0, _length, place) => {
        const some = (bytes as Buffer).subarray(at as number, (at as number) + 7);
        (real.writeSync as (...args: unknown[]) => number)(fd, some, 0, some.length, place);
      },
    ),
    writeFileSync: changing(real.writeFileSync, (path, content) => {
      real.writeFileSync(path, String(content as string).slice(0, 7));
    }),
    renameSync: changing(real.renameSync),
    ftruncateSync: changing(real.ftruncateSync),
    fsyncSync: changing(real.fsyncSync),
    rmSync: changing(real.rmSync),
    mkdirSync: changing(real.mkdirSync as (...args: unknown[]) => string | undefined),
  } as typeof Fs;
}

beforeAll(async () => {
  vi.resetModules();
  vi.doMock("node:fs", async (original) => failing(await original<typeof Fs>()));
  ({ LogStore } = await import("./log-store.ts"));
  ({ readEvents } = await import("./read-events.ts"));
});
afterAll(() => {
  vi.doUnmock("node:fs");
  vi.resetModules();
});

const NAME = { accountId: "000000000000", logGroup: "/my/group" };
const NOW = Date.UTC(2026, 0, 2);
/** So small that it is compacted every few batches. */
const SEGMENT_BYTES = 900;
const BATCHES = 8;
const EVENTS = 5;

let folder = "";
const mend = () => Object.assign(disk, { left: Number.POSITIVE_INFINITY, isDead: false, isPartial: false });
beforeEach(() => {
  mend();
  folder = mkdtempSync(join(tmpdir(), "log-faults-"));
});
afterEach(() => {
  mend();
  rmSync(folder, { recursive: true });
});

const open = ({ nowMs = () => NOW, segmentBytes = SEGMENT_BYTES } = {}) =>
  LogStore.open({
    folder,
    maxBytes: 1e9,
    nowMs,
    logger: createLogger("spec", "silent"),
    segmentBytes,
  });
const textOf = (batch: number, i: number): string => `event ${batch * EVENTS + i} ${"x".repeat(40)}`;
/** What a worker sends: the same events have the same numbers, however often they are sent. */
const send = (store: LogStores.LogStore, batch: number): void =>
  store.append([
    {
      ...NAME,
      stream: "worker",
      events: Array.from({ length: EVENTS }, (_, i) => ({
        unixMs: NOW + batch * EVENTS + i,
        ingestionMs: NOW,
        seq: batch * EVENTS + i + 1,
        message: textOf(batch, i),
      })),
    },
  ]);
const all = Array.from({ length: BATCHES }, (_, batch) =>
  Array.from({ length: EVENTS }, (_event, i) => textOf(batch, i)),
);

async function read(store: LogStores.LogStore) {
  const group = store.groups(NAME.accountId)[0];
  if (!group) return { messages: [], missing: 0 };
  const streams = new Map([...group.streams.values()].map(({ number, name }) => [number, name]));
  const { events, missing } = await readEvents(group, {
    streams,
    startMs: 0,
    endMs: Number.MAX_SAFE_INTEGER,
    isBackward: false,
    limit: 10_000,
  });
  return { messages: events.map(({ message }) => message), missing: missing.length };
}

/** How many changes of the disk a run without faults makes. */
function changesOf(run: (store: LogStores.LogStore) => void): number {
  const before = disk.calls;
  {
    using store = open();
    run(store);
  }
  const count = disk.calls - before;
  for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
  return count;
}

const sendAll = (store: LogStores.LogStore): void => {
  for (const batch of all.keys()) send(store, batch);
};

describe("a disk that is full at any moment", () => {
  it.each([false, true])(
    "refuses what it cannot store as a whole, keeps what it has, and stores the rest once there is space (a part was written: %s)",
    { timeout: 60_000 },
    async (isPartial) => {
      const changes = changesOf(sendAll);
      expect(changes).toBeGreaterThan(15);
      for (let at = 0; at < changes; at++) {
        const store = open();
        Object.assign(disk, { left: at, isPartial });
        for (const batch of all.keys())
          try {
            send(store, batch);
          } catch {
            // The spools of nodes keep it, and it is sent again.
            expect((await read(store)).messages, `change ${at}`).toEqual(all.slice(0, batch).flat());
            send(store, batch);
          }
        mend();
        expect(await read(store), `change ${at}`).toEqual({ messages: all.flat(), missing: 0 });
        store[Symbol.dispose]();
        using again = open();
        expect(await read(again), `change ${at}, after a restart`).toEqual({
          messages: all.flat(),
          missing: 0,
        });
        for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
      }
    },
  );
});

describe("a process that is killed at any moment", () => {
  it.each([false, true])(
    "leaves what it acknowledged, and nothing twice, when the rest is sent again (a part was written: %s)",
    { timeout: 60_000 },
    async (isPartial) => {
      const changes = changesOf(sendAll);
      for (let at = 0; at < changes; at++) {
        let acknowledged = 0;
        const store = open();
        try {
          Object.assign(disk, { left: at, isDead: true, isPartial });
          for (const batch of all.keys()) {
            send(store, batch);
            acknowledged++;
          }
        } catch {
          // It is gone.
        }
        mend();
        store[Symbol.dispose]();
        using again = open();
        const { messages, missing } = await read(again);
        const known = all.slice(0, acknowledged).flat();
        expect(messages.slice(0, known.length), `change ${at}`).toEqual(known);
        expect(missing).toBe(0);
        sendAll(again);
        expect(await read(again), `change ${at}`).toEqual({ messages: all.flat(), missing: 0 });
        for (const name of readdirSync(folder)) rmSync(join(folder, name), { recursive: true });
      }
    },
  );
});

describe("a block that is damaged", () => {
  it("at any byte, is missing and counted, and nothing else is", { timeout: 60_000 }, async () => {
    {
      using store = open({ segmentBytes: 1e6 });
      for (const batch of [0, 1, 2]) send(store, batch);
    }
    const file = readdirSync(folder, { recursive: true })
      .map((name) => join(folder, String(name)))
      .find((name) => name.endsWith(".log")) as string;
    const whole = readFileSync(file);
    for (let at = 0; at < whole.length; at += 7) {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] as number) ^ 0x5a;
      writeFileSync(file, bytes);
      using store = open({ segmentBytes: 1e6 });
      const { messages, missing } = await read(store);
      const kept = all.slice(0, 3).filter((batch) => messages.includes(batch[0] as string));
      expect(messages, `byte ${at}`).toEqual(kept.flat());
      expect(kept.length, `byte ${at}`).toBeGreaterThanOrEqual(2);
      if (kept.length < 3) expect(missing, `byte ${at}`).toBeGreaterThan(0);
      // What comes is stored, and read.
      send(store, 3);
      expect((await read(store)).messages.slice(-EVENTS)).toEqual(all[3]);
      writeFileSync(file, whole);
    }
  });
});

describe("a clock that jumps", () => {
  it.each([
    ["back", -400],
    ["ahead", 400],
  ])(
    "%s by a year and more hides nothing that was stored, and what comes is stored",
    async (_where, days) => {
      let nowMs = NOW;
      using store = open({ nowMs: () => nowMs });
      send(store, 0);
      nowMs += days * 86_400_000;
      send(store, 1);
      store.sweep();
      expect((await read(store)).messages).toEqual(all.slice(0, 2).flat());
      nowMs = NOW;
      send(store, 2);
      using again = open();
      expect((await read(again)).messages).toEqual(all.slice(0, 3).flat());
    },
  );
});
