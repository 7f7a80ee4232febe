import { describe, expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import type { Snapshot } from "./snapshot-file.ts";
import { SnapshotWriter, type SnapshotWriterOptions } from "./snapshot-writer.ts";

const logger = createLogger("test", "silent");
const turn = () => new Promise((resolve) => setTimeout(resolve, 0));

/** A disk whose writes end when the spec says so. */
function controlledDisk(options: Partial<SnapshotWriterOptions> = {}) {
  const saved: number[] = [];
  const pending: { version: number; end: (error?: Error) => void }[] = [];
  const state = { version: 0 };
  const started = () => {
    const write = pending[0];
    if (!write) throw new Error("no write is in progress");
    return write;
  };
  const writer = new SnapshotWriter({
    read: () => ({ version: state.version, artifacts: [] }),
    write: ({ version }: Snapshot) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      pending.push({
        version,
        end: (error) => {
          pending.shift();
          if (error) return reject(error);
          saved.push(version);
          resolve();
        },
      });
      return promise;
    },
    logger,
    intervalMs: 0,
    retryMs: 0,
    ...options,
  });
  return {
    writer,
    saved,
    pending,
    change: () => {
      state.version++;
      writer.changed();
    },
    version: () => state.version,
    /** Ends the write in progress once there is one. */
    endWrite: async (error?: Error) => {
      while (pending.length === 0) await turn();
      started().end(error);
      await turn();
    },
  };
}

describe("the newest config reaches the disk", () => {
  it("when it changes while an older one is being written", async () => {
    const disk = controlledDisk();
    disk.change();
    while (disk.pending.length === 0) await turn();
    disk.change();
    await disk.endWrite();
    await disk.endWrite();
    expect(disk.saved).toEqual([1, 2]);
    expect(disk.writer.unsavedMs).toBe(0);
  });

  it("when the process stops while an older one is being written", async () => {
    const disk = controlledDisk({ intervalMs: 60_000 });
    disk.change();
    while (disk.pending.length === 0) await turn();
    disk.change();
    const closed = disk.writer[Symbol.asyncDispose]();
    await disk.endWrite();
    await disk.endWrite();
    await closed;
    expect(disk.saved).toEqual([1, 2]);
  });

  it("when the process stops in the pause between two writes", async () => {
    const disk = controlledDisk({ intervalMs: 60_000 });
    disk.change();
    await disk.endWrite();
    disk.change();
    const closed = disk.writer[Symbol.asyncDispose]();
    await disk.endWrite();
    await closed;
    expect(disk.saved).toEqual([1, 2]);
  });

  it("when the disk fails and works again, without another change", async () => {
    const disk = controlledDisk();
    disk.change();
    await disk.endWrite(new Error("no space left on device"));
    expect(disk.writer.unsavedMs).toBeGreaterThan(0);
    await disk.endWrite(new Error("no space left on device"));
    await disk.endWrite();
    expect(disk.saved).toEqual([1]);
    expect(disk.writer.unsavedMs).toBe(0);
  });

  it.each(Array.from({ length: 100 }, (_, i) => i + 1))("in any order of events (seed %i)", async (seed) => {
    const disk = controlledDisk();
    let state = seed;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return Math.floor((state / 2_147_483_648) * below);
    };
    for (let step = 0; step < 30; step++) {
      const choice = random(4);
      if (choice === 0) disk.change();
      else if (choice === 1) await turn();
      else disk.pending[0]?.end(choice === 2 ? new Error("a bad sector") : undefined);
    }
    disk.change();
    let isClosed = false;
    const closed = disk.writer[Symbol.asyncDispose]().then(() => {
      isClosed = true;
    });
    while (!isClosed) {
      disk.pending[0]?.end();
      await turn();
    }
    await closed;
    expect(disk.saved.at(-1)).toBe(disk.version());
  });
});

describe("stopping", () => {
  it("does not wait forever for a disk that hangs", async () => {
    const disk = controlledDisk({ closeTimeoutMs: 5 });
    disk.change();
    while (disk.pending.length === 0) await turn();
    await disk.writer[Symbol.asyncDispose]();
    expect(disk.writer.unsavedMs).toBeGreaterThan(0);
  });

  it("is a last attempt to write, however the attempts before it ended", async () => {
    const disk = controlledDisk({ retryMs: 60_000 });
    disk.change();
    while (disk.pending.length === 0) await turn();
    const closed = disk.writer[Symbol.asyncDispose]();
    await disk.endWrite(new Error("no space left on device"));
    await disk.endWrite(new Error("no space left on device"));
    await closed;
    expect(disk.saved).toEqual([]);
    expect(disk.pending).toEqual([]);
  });

  it("writes nothing if nothing changed", async () => {
    const disk = controlledDisk();
    await disk.writer[Symbol.asyncDispose]();
    expect(disk.pending).toEqual([]);
  });
});

it("many changes in a short time are few writes", async () => {
  const disk = controlledDisk({ intervalMs: 60_000 });
  for (let i = 0; i < 100; i++) disk.change();
  await disk.endWrite();
  for (let i = 0; i < 100; i++) disk.change();
  await turn();
  expect(disk.saved).toEqual([100]);
  expect(disk.pending).toEqual([]);
  const closed = disk.writer[Symbol.asyncDispose]();
  await disk.endWrite();
  await closed;
  expect(disk.saved).toEqual([100, 200]);
});
