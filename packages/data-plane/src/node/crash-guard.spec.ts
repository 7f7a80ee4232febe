import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import { type Artifact, createArtifact } from "@tollgate/config-stream";
import { createLogger } from "@tollgate/telemetry";
import { CrashFile } from "./crash-file.ts";
import { CrashGuard, type Withdrawal } from "./crash-guard.ts";

const logger = createLogger("spec", "silent");
const folder = mkdtempSync(join(tmpdir(), "tollgate-crashes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const STAGE = "stage/abcdefghij/prod";
const OTHER = "stage/abcdefghij/other";
const chunk = (letter: string) => createArtifact(`chunk/${letter.repeat(64)}`, Buffer.from(letter));
const stage = (text: string, name = STAGE) => createArtifact(name, Buffer.from(text));
/** A stage that needs a chunk. */
const stageWith = (letter: string) => stage(`with ${letter.repeat(64)}`);
const settled = () => new Promise((resolve) => setImmediate(resolve));

let nowMs = 0;
let nowUnixMs = 0;
let retried: string[];
let file = "";
let files = 0;
/** What the workers have. */
let live: Map<string, string>;
let withdrawals: Withdrawal[];
let version = 0;
beforeEach(() => {
  nowMs = 1_000;
  nowUnixMs = 1_000;
  retried = [];
  file = join(folder, `crashes-${++files}.json`);
  live = new Map();
  withdrawals = [];
});

/** The guard of one process of a node. */
const start = () =>
  new CrashGuard({
    file: new CrashFile(file, logger),
    apply: async ({ upserts, removals }) => {
      for (const { name, content } of upserts) live.set(name, content.toString());
      for (const name of removals) live.delete(name);
      return [];
    },
    onWithdrawal: (withdrawal) => withdrawals.push(withdrawal),
    logger,
    nowMs: () => nowMs,
    nowUnixMs: () => nowUnixMs,
    onRetry: (artifacts) => retried.push(...artifacts.map(({ name }) => name)),
  });
const apply = (guard: CrashGuard, upserts: readonly Artifact[], removals: readonly string[] = []) =>
  guard.apply({ version: ++version, upserts, removals, changedKeys: [] });
const crash = async (guard: CrashGuard, signal: NodeJS.Signals = "SIGABRT") => {
  guard.workerEnded(null, signal);
  await settled();
};

describe("an artifact that was new at two crashes of a worker", () => {
  it("is replaced by its last good version, refused with the reason, and tried again when it changes", async () => {
    using guard = start();
    await apply(guard, [stage("good"), stage("good", OTHER)]);
    await apply(guard, [stage("bad")]);
    await crash(guard);
    expect(live.get(STAGE)).toBe("bad");
    nowMs += 20_000;
    await crash(guard);
    expect(Object.fromEntries(live)).toEqual({ [STAGE]: "good", [OTHER]: "good" });
    expect(withdrawals).toMatchObject([{ refused: [{ name: STAGE, code: "ARTIFACT_CRASHED" }] }]);
    expect(await apply(guard, [stage("bad")])).toMatchObject([{ name: STAGE, code: "ARTIFACT_CRASHED" }]);
    expect(live.get(STAGE)).toBe("good");
    expect(await apply(guard, [stage("fixed")])).toEqual([]);
    expect(live.get(STAGE)).toBe("fixed");
  });

  it("is left out too if the same version came again between the two", async () => {
    using guard = start();
    await apply(guard, [stage("good")]);
    await apply(guard, [stage("bad")]);
    await crash(guard);
    await apply(guard, [stage("bad")]);
    await crash(guard);
    expect(live.get(STAGE)).toBe("good");
  });

  it("is removed if it had no version before", async () => {
    using guard = start();
    await apply(guard, [stage("good", OTHER)]);
    await apply(guard, [stage("bad")]);
    await crash(guard);
    await crash(guard);
    expect(Object.fromEntries(live)).toEqual({ [OTHER]: "good" });
  });

  it("gets back the chunks that its last good version needs", async () => {
    using guard = start();
    await apply(guard, [stageWith("a"), chunk("a")]);
    await apply(guard, [stage("bad"), chunk("b")], [chunk("a").name]);
    await crash(guard);
    await crash(guard);
    expect(live.get(chunk("a").name)).toBe("a");
    expect(withdrawals[0]?.restored.map(({ name }) => name).sort()).toEqual([chunk("a").name, STAGE]);
  });

  it.each<[string, (guard: CrashGuard) => Promise<unknown>]>([
    ["a crash", (guard) => crash(guard)],
    ["another new version", (guard) => apply(guard, [stage("bad too"), chunk("c")], [chunk("b").name])],
  ])("gets them back however long %s prolongs its trial", async (_what, prolong) => {
    using guard = start();
    const good = stageWith("a");
    await apply(guard, [good, chunk("a")]);
    await apply(guard, [stage("bad"), chunk("b")], [chunk("a").name]);
    nowMs += 25_000;
    await prolong(guard);
    nowMs += 25_000;
    await crash(guard);
    await crash(guard);
    expect(live.get(STAGE)).toBe(good.content.toString());
    expect(live.get(chunk("a").name)).toBe("a");
  });

  it("keeps no chunk that no last good version needs", async () => {
    using guard = start();
    await apply(guard, [stageWith("a"), chunk("a")]);
    await apply(guard, [stageWith("b"), chunk("b")], [chunk("a").name]);
    await apply(guard, [stageWith("c"), chunk("c")], [chunk("b").name]);
    expect(new CrashFile(file, logger).read().chunks).toEqual([chunk("a")]);
    await crash(guard);
    await crash(guard);
    const restored = withdrawals[0]?.restored.map(({ name }) => name).sort();
    expect(restored).toEqual([chunk("a").name, STAGE]);
  });
});

describe("an artifact that was left out", () => {
  const HOUR_MS = 60 * 60_000;
  const twice = async (guard: CrashGuard) => {
    await crash(guard);
    await crash(guard);
  };

  it("is tried again after an hour, and stays live if it does not crash the node", async () => {
    using guard = start();
    await apply(guard, [stage("good")]);
    await apply(guard, [stage("same")]);
    await twice(guard);
    nowUnixMs += HOUR_MS - 1;
    await guard.retryExpired();
    expect([live.get(STAGE), retried]).toEqual(["good", []]);
    nowUnixMs += 1;
    await guard.retryExpired();
    expect([live.get(STAGE), retried]).toEqual(["same", [STAGE]]);
  });

  it("is left out for twice as long if it crashes the node again, also by another process", async () => {
    const guard = start();
    await apply(guard, [stage("good")]);
    await apply(guard, [stage("bad")]);
    await twice(guard);
    nowUnixMs += HOUR_MS;
    await guard.retryExpired();
    await twice(guard);
    expect(live.get(STAGE)).toBe("good");
    guard[Symbol.dispose]();
    using next = start();
    await apply(next, [stage("good")]);
    nowUnixMs += 2 * HOUR_MS - 1;
    expect(await apply(next, [stage("bad")])).toMatchObject([{ name: STAGE }]);
    await next.retryExpired();
    expect(live.get(STAGE)).toBe("good");
    nowUnixMs += 1;
    await next.retryExpired();
    expect(live.get(STAGE)).toBe("bad");
  });

  it("is known from the file of the version before, and tried again an hour after the start", async () => {
    const bad = stage("bad");
    const leftOut = { [`${STAGE} ${bad.digest.toString("hex")}`]: 2 };
    writeFileSync(file, JSON.stringify({ trials: [], leftOut, chunks: [] }));
    using guard = start();
    await apply(guard, [stage("good")]);
    expect(await apply(guard, [bad])).toMatchObject([{ name: STAGE }]);
    nowUnixMs += HOUR_MS;
    await guard.retryExpired();
    expect(live.get(STAGE)).toBe("bad");
  });

  it("is not tried again if it has been removed meanwhile", async () => {
    using guard = start();
    await apply(guard, [stage("good"), stage("good", OTHER)]);
    await apply(guard, [stage("bad")]);
    await twice(guard);
    await apply(guard, [], [STAGE]);
    nowUnixMs += HOUR_MS;
    await guard.retryExpired();
    expect(live.has(STAGE)).toBe(false);
  });
});

describe("nothing is left out", () => {
  it.each<[string, (guard: CrashGuard) => Promise<void>]>([
    ["after one crash", (guard) => crash(guard)],
    [
      "if the artifact was good for long before the crashes",
      async (guard) => {
        nowMs += 31_000;
        await crash(guard);
        await crash(guard);
      },
    ],
    [
      "if the second crash comes late",
      async (guard) => {
        await crash(guard);
        nowMs += 31_000;
        await crash(guard);
      },
    ],
    [
      "if something else ended the workers",
      async (guard) => {
        for (const signal of ["SIGKILL", "SIGTERM", "SIGKILL"] as const) await crash(guard, signal);
      },
    ],
    [
      "if it has changed between the crashes",
      async (guard) => {
        await apply(guard, [stage("other")]);
        await crash(guard);
        await apply(guard, [stage("bad")]);
        await crash(guard);
      },
    ],
  ])("%s", async (_what, happen) => {
    using guard = start();
    await apply(guard, [stage("first")]);
    await apply(guard, [stage("bad")]);
    await happen(guard);
    expect(live.get(STAGE)).toBe("bad");
    expect(withdrawals).toEqual([]);
  });

  it("if it is all that the node ever got", async () => {
    using guard = start();
    await apply(guard, [stage("first")]);
    await crash(guard);
    await crash(guard);
    expect(live.get(STAGE)).toBe("first");
  });
});

describe("an artifact that was new at two ends of the whole node", () => {
  it("is left out by the third process, which starts with its last good version", async () => {
    const first = start();
    await apply(first, [stageWith("a"), chunk("a")]);
    await apply(first, [stage("bad"), chunk("b")], [chunk("a").name]);
    const second = start();
    live.clear();
    await apply(second, [stage("bad"), chunk("b")]);
    expect(live.get(STAGE)).toBe("bad");
    const third = start();
    live.clear();
    expect(await apply(third, [stage("bad"), chunk("b")])).toMatchObject([{ name: STAGE }]);
    expect(live.get(STAGE)).toBe(stageWith("a").content.toString());
    expect(live.get(chunk("a").name)).toBe("a");
    expect(withdrawals).toMatchObject([{ refused: [{ name: STAGE }] }]);
    for (const guard of [first, second, third]) guard[Symbol.dispose]();
    using fourth = start();
    expect(await apply(fourth, [stage("bad")])).toMatchObject([{ name: STAGE }]);
  });

  it("is not suspected if the node was stopped", async () => {
    for (let i = 0; i < 4; i++) {
      using guard = start();
      await apply(guard, [stage("good")]);
      expect(await apply(guard, [stage(`bad`)])).toEqual([]);
    }
  });

  it("is not suspected if it was good for 10 seconds before", async () => {
    for (let i = 0; i < 4; i++) {
      const guard = start();
      await apply(guard, [stage("good")]);
      expect(await apply(guard, [stage("bad")])).toEqual([]);
      nowMs += 11_000;
      // The guard notices by itself within a second; a change of another artifact makes it do so now.
      await apply(guard, [stage(`${i}`, OTHER)]);
      expect(new CrashFile(file, logger).read().trials.has(STAGE)).toBe(false);
      guard[Symbol.dispose]();
    }
  });
});

it("a file that cannot be written changes nothing for the workers, and is written when it can be", async () => {
  mkdirSync(`${file}.new`);
  using guard = start();
  await apply(guard, [stage("good")]);
  await apply(guard, [stage("bad")]);
  await crash(guard);
  await crash(guard);
  expect(live.get(STAGE)).toBe("good");
  expect(withdrawals).toHaveLength(1);
  rmSync(`${file}.new`, { recursive: true });
  await apply(guard, [stage("other", OTHER)]);
  expect(new CrashFile(file, logger).read()).toMatchObject({ leftOut: { size: 1 } });
});
