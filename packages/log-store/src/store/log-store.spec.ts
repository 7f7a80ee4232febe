import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { compilePattern } from "../pattern/compile-pattern.ts";
import { eventId, placeOf } from "./event-id.ts";
import { LogStore, type LogStoreOptions } from "./log-store.ts";
import { putEvents } from "./put-events.ts";
import { type EventPage, type EventQuery, readEvents } from "./read-events.ts";
import { Segment } from "./segment.ts";

const NAME = { accountId: "000000000000", logGroup: "/my/group" };
const NOW = Date.UTC(2026, 0, 2);
const DAY_MS = 86_400_000;
const logger = createLogger("spec", "silent");

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "log-store-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (options: Partial<LogStoreOptions> = {}) =>
  LogStore.open({ folder, maxBytes: 1e9, nowMs: () => NOW, logger, ...options });
const add = (store: LogStore, stream: string, times: readonly number[], firstSeq?: number) =>
  store.append([
    {
      ...NAME,
      stream,
      events: times.map((ms, i) => ({
        unixMs: NOW + ms,
        ingestionMs: NOW,
        seq: firstSeq === undefined ? undefined : firstSeq + i,
        message: `${stream} at ${ms}`,
      })),
    },
  ]);
const read = (store: LogStore, query: Partial<EventQuery> = {}): Promise<EventPage> => {
  const group = store.group(NAME);
  const streams = new Map([...group.streams.values()].map(({ number, name }) => [number, name]));
  return readEvents(group, {
    streams,
    startMs: 0,
    endMs: Number.MAX_SAFE_INTEGER,
    isBackward: false,
    limit: 100,
    ...query,
  });
};
const messages = async (...args: Parameters<typeof read>) =>
  (await read(...args)).events.map(({ message }) => message);
const segments = () =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".log"))
    .map((name) => join(folder, name));

/** All pages, one after the other. */
async function pages(store: LogStore, query: Partial<EventQuery>): Promise<string[][]> {
  const found: string[][] = [];
  let after: EventQuery["after"];
  for (;;) {
    const page = await read(store, { ...query, after });
    found.push(page.events.map(({ message }) => message));
    if (page.next === undefined) return found;
    after = placeOf(page.next);
  }
}

describe("events", () => {
  it("are read over streams in the order of their time, in both directions, page by page", async () => {
    using store = open();
    add(store, "a", [5, 10, 30]);
    add(store, "b", [7, 20, 40]);
    add(store, "a", [1, 35]);
    const all = ["a at 1", "a at 5", "b at 7", "a at 10", "b at 20", "a at 30", "a at 35", "b at 40"];
    expect(await messages(store)).toEqual(all);
    expect((await pages(store, { limit: 3 })).flat()).toEqual(all);
    expect((await pages(store, { limit: 1, isBackward: true })).flat()).toEqual(all.toReversed());
    expect(await messages(store, { startMs: NOW + 7, endMs: NOW + 30 })).toEqual([
      "b at 7",
      "a at 10",
      "b at 20",
    ]);
    expect(await messages(store, { pattern: compilePattern('"b at"') })).toEqual([
      "b at 7",
      "b at 20",
      "b at 40",
    ]);
  });

  it("are the same after the store was opened again", async () => {
    {
      using store = open();
      add(store, "a", [1, 2]);
    }
    using store = open();
    add(store, "a", [3]);
    expect(await messages(store)).toEqual(["a at 1", "a at 2", "a at 3"]);
    expect(store.stream(NAME, "a")).toMatchObject({ firstMs: NOW + 1, lastMs: NOW + 3, lastSeq: 3 });
  });

  it("that arrive again are not stored again, also after a restart", async () => {
    {
      using store = open();
      add(store, "a", [1, 2, 3], 10);
    }
    using store = open();
    add(store, "a", [2, 3, 4], 11);
    expect(await messages(store)).toEqual(["a at 1", "a at 2", "a at 3", "a at 4"]);
  });

  it("have ids that sort like they do", async () => {
    using store = open();
    add(store, "b", [3, 1]);
    add(store, "a", [2, 2]);
    const ids = (await read(store)).events.map(({ id }) => id);
    expect(ids).toEqual([...ids].sort());
    expect(ids.every((id) => /^\d{56}$/.test(id))).toBe(true);
    expect(new Set(ids).size).toBe(4);
    const place = { unixMs: NOW, stream: 3, seq: 12_345_678_901 };
    expect(placeOf(eventId(place))).toEqual(place);
    expect(placeOf("x")).toBeUndefined();
  });

  it("end a page at 1 MiB", async () => {
    using store = open();
    const events = Array.from({ length: 30 }, (_, i) => ({
      unixMs: NOW + i,
      ingestionMs: NOW,
      seq: undefined,
      message: "x".repeat(100_000),
    }));
    store.append([{ ...NAME, stream: "a", events }]);
    const first = await read(store);
    expect(first.events).toHaveLength(10);
    expect((await pages(store, {})).map((page) => page.length)).toEqual([10, 10, 10]);
  });
});

describe("a page", () => {
  const large = (store: LogStore, stream: string, times: readonly number[]) =>
    store.append([
      {
        ...NAME,
        stream,
        events: times.map((ms) => ({
          unixMs: NOW + ms,
          ingestionMs: NOW,
          seq: undefined,
          message: `${ms} ${"x".repeat(500_000)}`,
        })),
      },
    ]);
  const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);

  it("of large messages reads no more than some megabytes, whatever its limit", async () => {
    using store = open();
    for (const ms of upTo(40)) large(store, "a", [ms]);
    const reads = vi.spyOn(Segment.prototype, "read");
    try {
      expect((await read(store, { limit: 10_000 })).events).toHaveLength(2);
      expect(reads.mock.calls.length).toBeLessThan(25);
    } finally {
      reads.mockRestore();
    }
  });

  it.each([false, true])(
    "of large messages of streams that overlap loses none: backward %s",
    async (isBackward) => {
      using store = open();
      for (const stream of upTo(5))
        large(
          store,
          `s${stream}`,
          upTo(4).map((i) => i * 5 + stream),
        );
      const found = (await pages(store, { isBackward, limit: 10_000 })).flat();
      const times = found.map((message) => Number(message.split(" ")[0]));
      expect(times).toEqual(isBackward ? upTo(20).toReversed() : upTo(20));
    },
  );

  it.each([false, true])(
    "gets on where reading is slow and streams overlap: backward %s",
    async (isBackward) => {
      using store = open();
      for (const stream of ["a", "b", "c"]) add(store, stream, [0, 10, 20]);
      let nowMs = 0;
      const clock = vi.spyOn(performance, "now").mockImplementation(() => (nowMs += 3_000));
      try {
        const seen: string[] = [];
        let after: EventQuery["after"];
        for (let page = 0; page < 20; page++) {
          const { events, next } = await read(store, { isBackward, after });
          seen.push(...events.map(({ message }) => message));
          if (next === undefined) break;
          after = placeOf(next);
        }
        const expected = [0, 10, 20].flatMap((ms) => ["a", "b", "c"].map((stream) => `${stream} at ${ms}`));
        expect(seen).toEqual(isBackward ? expected.toReversed() : expected);
      } finally {
        clock.mockRestore();
      }
    },
  );

  it("leaves out a block whose file was removed meanwhile", async () => {
    using store = open();
    add(store, "a", [1]);
    rmSync(segments()[0] ?? "");
    expect(await messages(store)).toEqual([]);
  });
});

describe("a segment that is full", () => {
  it("is compacted: fewer bytes, the same events", async () => {
    using store = open({ segmentBytes: 20_000 });
    const times = Array.from({ length: 500 }, (_, i) => i);
    for (const ms of times) add(store, ms % 2 ? "odd" : "even", [ms]);
    expect(store.sizeBytes).toBeLessThan(40_000);
    expect(segments().length).toBeGreaterThan(2);
    const expected = times.map((ms) => `${ms % 2 ? "odd" : "even"} at ${ms}`);
    expect((await pages(store, { limit: 77 })).flat()).toEqual(expected);
    using again = open();
    expect((await pages(again, { limit: 99, isBackward: true })).flat()).toEqual(expected.toReversed());
  });
});

describe("a damaged file", () => {
  it("loses what a killed process had not finished, and nothing else", async () => {
    {
      using store = open();
      add(store, "a", [1]);
      add(store, "a", [2]);
    }
    const [file = ""] = segments();
    truncateSync(file, readFileSync(file).length - 3);
    using store = open();
    add(store, "a", [3]);
    expect(await messages(store)).toEqual(["a at 1", "a at 3"]);
    expect(store.damaged).toBe(0);
  });

  it.each([
    ["head", 4],
    ["body", -4],
  ])("is skipped where the %s of a block is corrupt, and reported", async (_, at) => {
    const ends: number[] = [];
    {
      using store = open();
      for (const ms of [1, 2, 3]) {
        add(store, "a", [ms]);
        ends.push(store.sizeBytes);
      }
    }
    const [file = ""] = segments();
    const bytes = readFileSync(file);
    const place = at > 0 ? (ends[0] as number) + at : (ends[1] as number) + at;
    bytes[place] = (bytes[place] as number) ^ 0xff;
    writeFileSync(file, bytes);
    using store = open();
    const page = await read(store);
    expect(page.events.map(({ message }) => message)).toEqual(["a at 1", "a at 3"]);
    // The head says whose events they were, and when; without it, only what is stored around them does.
    expect(page.missing).toEqual([
      at > 0
        ? { stream: "", firstMs: NOW + 1, lastMs: NOW + 3, count: 0 }
        : { stream: "a", firstMs: NOW + 2, lastMs: NOW + 2, count: 1 },
    ]);
    expect((await read(store, { startMs: NOW + 4 })).missing).toEqual([]);
  });

  it("says what is missing also when it was compacted, and opened again", async () => {
    {
      using store = open({ segmentBytes: 1_000 });
      add(store, "a", [1]);
      const [file = ""] = segments();
      const bytes = readFileSync(file);
      bytes[bytes.length - 4] = (bytes.at(-4) as number) ^ 0xff;
      writeFileSync(file, bytes);
      for (let ms = 2; ms < 30; ms++) add(store, "a", [ms]);
      expect(segments().length).toBeGreaterThan(1);
    }
    using store = open();
    const page = await read(store);
    expect(page.events).toHaveLength(28);
    expect(page.missing).toEqual([{ stream: "a", firstMs: NOW + 1, lastMs: NOW + 1, count: 1 }]);
  });

  it("does not keep others from being read: a group without its description is left out", async () => {
    {
      using store = open();
      add(store, "a", [1]);
      store.createGroup({ ...NAME, logGroup: "other" });
    }
    const broken = readdirSync(folder, { recursive: true })
      .map(String)
      .find(
        (name) => name.endsWith("group.json") && readFileSync(join(folder, name), "utf8").includes("other"),
      );
    writeFileSync(join(folder, broken ?? ""), "{");
    using store = open();
    expect(store.groups(NAME.accountId).map(({ name }) => name)).toEqual(["/my/group"]);
  });

  it("of a group is kept aside: a new group of its name does not write over it", () => {
    {
      using store = open();
      add(store, "a", [1]);
    }
    const [old = ""] = segments();
    const content = readFileSync(old);
    writeFileSync(join(old, "..", "group.json"), "{");
    {
      using store = open();
      add(store, "b", [2]);
    }
    using store = open();
    expect([...store.group(NAME).streams.keys()]).toEqual(["b"]);
    expect(segments().map((file) => readFileSync(file))).toContainEqual(content);
  });

  it("is left by no stream whose name could not be written: the next event creates it", async () => {
    using store = open();
    add(store, "a", [1]);
    const group = store.group(NAME);
    const save = vi.spyOn(group, "save").mockImplementationOnce(() => {
      throw new Error("no space");
    });
    expect(() => add(store, "b", [2])).toThrow("no space");
    save.mockRestore();
    add(store, "b", [2]);
    using again = open();
    expect(await messages(again)).toEqual(["a at 1", "b at 2"]);
  });
});

describe("space and age", () => {
  it("removes the oldest segments of all groups where the store is full", async () => {
    using store = open({ segmentBytes: 400, maxBytes: 1_500 });
    for (let ms = 0; ms < 60; ms++) add(store, "a", [ms]);
    expect(store.sizeBytes).toBeLessThan(2_200);
    expect(store.removedForSpace).toBeGreaterThan(0);
    expect((await messages(store)).at(-1)).toBe("a at 59");
  });

  it("removes nothing of an account that keeps little, however old, where another fills the store", async () => {
    using store = open({ segmentBytes: 400, maxBytes: 2_500 });
    for (let ms = 0; ms < 5; ms++) add(store, "a", [ms]);
    const before = await messages(store);
    const event = { ingestionMs: NOW, seq: undefined, message: "x".repeat(100) };
    for (let ms = 100; ms < 300; ms++)
      store.append([
        { ...NAME, accountId: "999999999999", stream: "s", events: [{ ...event, unixMs: NOW + ms }] },
      ]);
    expect(store.removedForSpace).toBeGreaterThan(0);
    expect(await messages(store)).toEqual(before);
  });

  it("removes segments that are older than a group keeps its events", async () => {
    using store = open({ segmentBytes: 1 });
    add(store, "a", [-3 * DAY_MS]);
    add(store, "a", [-1]);
    store.group(NAME).settings = { ...store.group(NAME).settings, retentionDays: 1 };
    store.sweep();
    expect(await messages(store)).toEqual(["a at -1"]);
  });

  it("is that of the kind of a group, however the group began", () => {
    using store = open({ retentionDaysOf: (logGroup) => (logGroup === "spans" ? 30 : 0) });
    store.createGroup({ ...NAME, logGroup: "spans" });
    store.createGroup({ ...NAME, logGroup: "other" });
    add(store, "a", [1]);
    const daysOf = (logGroup: string) => store.group({ ...NAME, logGroup }).settings.retentionDays;
    expect(["spans", "other", NAME.logGroup].map(daysOf)).toEqual([30, 0, 0]);
  });

  it("removes streams whose last event is older than that, and keeps those that are new", async () => {
    let now = NOW;
    const store = open({ nowMs: () => now });
    add(store, "old", [0]);
    store.group(NAME).settings = { ...store.group(NAME).settings, retentionDays: 2 };
    now += DAY_MS;
    add(store, "live", [DAY_MS]);
    store.createStream(NAME, "empty");
    now += 1.5 * DAY_MS;
    store.sweep();
    expect([...store.group(NAME).streams.keys()]).toEqual(["live", "empty"]);
    expect([
      ...open({ nowMs: () => now })
        .group(NAME)
        .streams.keys(),
    ]).toEqual(["live", "empty"]);
    add(store, "old", [2 * DAY_MS]);
    expect(await messages(store)).toEqual([`live at ${DAY_MS}`, `old at ${2 * DAY_MS}`]);
  });

  it("forgets a stream that was deleted, also where one of its name follows", async () => {
    using store = open();
    add(store, "a", [1]);
    add(store, "b", [2]);
    store.group(NAME).deleteStream("a");
    add(store, "a", [3]);
    expect(await messages(store)).toEqual(["b at 2", "a at 3"]);
    using again = open();
    expect(await messages(again)).toEqual(["b at 2", "a at 3"]);
  });
});

describe("events of clients", () => {
  it("are rejected where they are too old, expired or ahead of time", async () => {
    using store = open();
    store.createGroup(NAME);
    store.createStream(NAME, "s");
    const at = { ...NAME, stream: "s" };
    const put = (...times: number[]) =>
      putEvents(
        store,
        at,
        times.map((ms) => ({ unixMs: NOW + ms, message: String(ms) })),
        NOW,
      );
    expect(put(-14.5 * DAY_MS, -14.2 * DAY_MS, -13.9 * DAY_MS)).toEqual({ tooOldEnd: 2 });
    expect(put(0, 3 * 3_600_000, 4 * 3_600_000)).toEqual({ tooNewStart: 1 });
    store.group(NAME).settings = { ...store.group(NAME).settings, retentionDays: 3 };
    expect(put(-3.5 * DAY_MS, -2.9 * DAY_MS)).toEqual({ expiredEnd: 1 });
    expect(() => put(2, 1)).toThrow("must be in chronological order");
    expect(() => put(-1.5 * DAY_MS, 0)).toThrow("24 hours");
  });

  it("refuses what is not there, or is there, in AWS's words", () => {
    using store = open();
    expect(() => store.group(NAME)).toThrow("The specified log group does not exist.");
    store.createGroup(NAME);
    expect(() => store.createGroup(NAME)).toThrow("The specified log group already exists");
    expect(() => store.stream(NAME, "s")).toThrow("The specified log stream does not exist.");
    store.createStream(NAME, "s");
    expect(() => store.createStream(NAME, "s")).toThrow("The specified log stream already exists");
    expect(() => store.createGroup({ ...NAME, logGroup: "../x y" })).toThrow("regular expression pattern");
  });
});

it("clients create no more groups in an account, and streams in a group, than there may be", () => {
  using store = open({ groupsMax: 2, streamsMax: 2 });
  const other = { ...NAME, logGroup: "other" };
  for (const name of [NAME, other]) store.createGroup(name);
  for (const stream of ["a", "b"]) store.createStream(NAME, stream);
  expect(() => store.createGroup({ ...NAME, logGroup: "third" })).toThrow("Resource limit exceeded.");
  expect(() => store.createGroup(NAME)).toThrow("The specified log group already exists");
  expect(() => store.createStream(NAME, "c")).toThrow("Resource limit exceeded.");
  expect(() => store.createStream(NAME, "b")).toThrow("The specified log stream already exists");
  // What the gateway itself logs is bounded by its stages, and other accounts have groups of their own.
  store.append([{ ...NAME, logGroup: "stage", stream: "c", events: [] }]);
  store.createGroup({ accountId: "another", logGroup: "third" });
  for (const logGroup of ["other", "stage"]) store.deleteGroup({ ...NAME, logGroup });
  store.createGroup({ ...NAME, logGroup: "third" });
});

it("knows where to continue in a topic", () => {
  {
    using store = open();
    store.positions.set("t", 3, 17);
  }
  using store = open();
  expect([store.positions.next("t", 3), store.positions.next("t", 4), store.positions.count("t")]).toEqual([
    17, 0, 1,
  ]);
});
