import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it, vi } from "vitest";
import { ApiKind, type UsageBatch } from "@tollgate/proto/usage";
import { createLogger } from "@tollgate/telemetry";
import { decodeBatch, type EventFacts, encodeKey, NO_FACTS, readFrame } from "@tollgate/usage-stream";
import type { TopicMessage } from "@tollgate/usage-stream/kafka";
import { segmentName } from "./segment.ts";
import { Shipper, type ShipperOptions } from "./shipper.ts";
import type { SpoolOrder } from "./source-log.ts";
import { Spool, type SpoolOptions, usageEvents } from "./spool.ts";

const key = encodeKey({
  accountId: "000000000000",
  apiId: "abcdefghij",
  stage: "prod",
  httpMethod: "GET",
  resourcePath: "/pets/{petId}",
});
const facts = (i: number) => ({
  ...NO_FACTS,
  endTimeUnixMs: 1_790_000_000_000 + i,
  status: 200 + (i % 400),
  latencyUs: i * 1000,
  integrationLatencyUs: i,
  requestBytes: i,
  responseBytes: i * 1_000_000,
  requestId: "01234567-89ab-cdef-0123-456789abcdef",
  apiKind: ApiKind.REST,
});
const home = mkdtempSync(join(tmpdir(), "tollgate-spool-"));
afterAll(() => rmSync(home, { recursive: true }));
const folderOf = () => mkdtempSync(join(home, "node-"));
const logger = createLogger("test", "silent");
const until = (condition: () => boolean) => vi.waitUntil(condition, { timeout: 20_000, interval: 5 });
/** On a busy machine a hundred thousand calls take tens of seconds. */
const PATIENCE_MS = 120_000;
const MB = 1024 * 1024;
const spoolOf = (folder: string, options: Partial<SpoolOptions<EventFacts>> = {}) =>
  new Spool({
    events: usageEvents,
    folder,
    worker: 0,
    boot: "ab12",
    segmentBytes: MB,
    allowedBytes: 100 * MB,
    sync: "never",
    report: () => undefined,
    ...options,
  });
const record = (spool: Spool, count: number) => {
  for (let i = 0; i < count; i++) {
    spool.add(key, facts(i));
    spool.commit();
  }
};
const damage = (file: string, at: number) => {
  const bytes = readFileSync(file);
  bytes[at] = (bytes.at(at) ?? 0) ^ 1;
  writeFileSync(file, bytes);
};
const filesOf = (folder: string) => readdirSync(folder).filter((name) => name.endsWith(".spool"));

/** A sink that keeps what it accepts. */
function sinkOf(accept: (tries: number) => boolean = () => true) {
  const batches: UsageBatch[] = [];
  const tries: Buffer[] = [];
  return {
    batches,
    tries,
    send: async (sent: readonly TopicMessage[]) => {
      tries.push(...sent.map(({ value }) => value));
      if (!accept(tries.length)) throw new Error("the broker is unreachable");
      batches.push(...sent.map(({ value }) => decodeBatch(value) as UsageBatch));
    },
    [Symbol.asyncDispose]: async () => undefined,
  };
}
type Sink = ReturnType<typeof sinkOf>;
const seqsOf = ({ batches }: Sink) => batches.flatMap(({ events }) => events.map(({ seq }) => Number(seq)));
const closedOf = ({ batches }: Sink) =>
  batches
    .filter(({ closed }) => closed)
    .map(({ source, recordedSeq, settledSeq }) => [source, Number(recordedSeq), Number(settledSeq)]);

function shipperOf(folder: string, sink: Sink, options: Partial<ShipperOptions> = {}): Shipper {
  const limits = { limitBytes: 100 * MB, workers: 1 };
  const shipper = new Shipper({ folder, nodeId: "node", sink, logger, limits, ...options });
  shipper.start();
  return shipper;
}
const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);

describe("the usage spool", () => {
  it("sends all added events in sequence, none twice and none missing, and then the end of the source", async () => {
    const folder = folderOf();
    const sink = sinkOf();
    using spool = spoolOf(folder);
    for (let i = 0; i < 2500; i++) {
      spool.add(key, facts(i));
      if (i % 7 === 0) spool.commit();
    }
    spool.commit();
    await using shipper = shipperOf(folder, sink);
    expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
    expect(sink.batches[0]).toMatchObject({ source: "node/0/ab12", firstSeq: 1n });
    expect(seqsOf(sink)).toEqual(upTo(2500));
    expect(closedOf(sink)).toEqual([["node/0/ab12", 2500, 2500]]);
    expect(filesOf(folder)).toEqual([]);
    const events = sink.batches.flatMap((batch) => batch.events);
    expect(events[1234]).toMatchObject({
      accountId: "000000000000",
      apiId: "abcdefghij",
      stage: "prod",
      httpMethod: "GET",
      resourcePath: "/pets/{petId}",
      status: 234,
      requestId: facts(0).requestId,
      apiKeyId: "",
      usagePlanId: "",
      latencyUs: 1_234_000n,
      integrationLatencyUs: 1234n,
      requestBytes: 1234n,
      responseBytes: 1_234_000_000n,
      endTimeUnixMs: 1_790_000_001_234n,
    });
  });

  it("does not send again what was acknowledged according to its ledger, nor that of version 0.1", async () => {
    const folder = folderOf();
    using spool = spoolOf(folder);
    record(spool, 3);
    const first = sinkOf();
    {
      await using shipper = shipperOf(folder, first);
      shipper.workerStarted(0, "ab12", () => undefined);
      expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
    }
    const name = filesOf(folder)[0] as string;
    const { segments } = JSON.parse(readFileSync(join(folder, "ledger.json"), "utf8"));
    expect(segments[name]).toBe(statSync(join(folder, name)).size);
    for (const ledger of [undefined, segments]) {
      if (ledger) writeFileSync(join(folder, "ledger.json"), JSON.stringify(ledger));
      const again = sinkOf();
      await using shipper = shipperOf(folder, again);
      shipper.workerStarted(0, "ab12", () => undefined);
      expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
      expect(seqsOf(again)).toEqual([]);
    }
    expect(seqsOf(first)).toEqual([1, 2, 3]);
  });

  it(
    "sends what many sources left, in one partition too, in batches that a broker accepts by default",
    async () => {
      const folder = folderOf();
      const boots = Array.from({ length: 20 }, (_, i) => `ab${i}`);
      for (const boot of boots) {
        using spool = spoolOf(folder, { boot, segmentBytes: 10 * MB });
        while (spool.lastSeq < 5_000) {
          for (let i = 0; i < 1_000; i++) spool.add(key, facts(i));
          spool.commit();
        }
      }
      const sink = sinkOf();
      const batchBytes: number[] = [];
      const send = async (messages: readonly TopicMessage[]) => {
        batchBytes.push(messages.reduce((sum, { value }) => sum + value.length, 0));
        await sink.send(messages);
      };
      await using shipper = shipperOf(folder, { ...sink, send });
      expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
      expect(Math.max(...batchBytes)).toBeLessThan(900_000);
      expect(Math.max(...batchBytes)).toBeGreaterThan(400_000);
      expect(new Set(closedOf(sink).map(String))).toEqual(
        new Set(boots.map((boot) => `node/0/${boot},5000,5000`)),
      );
      expect(seqsOf(sink)).toHaveLength(20 * 5_000);
      // Each source had its turn before one had a second.
      expect(new Set(sink.batches.slice(0, 20).map(({ source }) => source)).size).toBe(20);
    },
    PATIENCE_MS,
  );

  it("sends again what the sink refused, unchanged", async () => {
    const folder = folderOf();
    using spool = spoolOf(folder);
    record(spool, 1);
    const sink = sinkOf((tries) => tries > 1);
    await using shipper = shipperOf(folder, sink);
    expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
    expect(sink.tries[0]?.equals(sink.tries[1] as Buffer)).toBe(true);
    expect(seqsOf(sink)).toEqual([1]);
    expect(shipper.status.sendFailures).toBe(1);
  });

  it("sends from the same memory again, unless the sink refused what is in it and may still read it", async () => {
    const folder = folderOf();
    using spool = spoolOf(folder);
    const sink = sinkOf((tries) => tries !== 2);
    await using shipper = shipperOf(folder, sink, { roundIntervalMs: 1 });
    shipper.workerStarted(0, "ab12", () => undefined);
    for (let i = 1; i <= 4; i++) {
      record(spool, 1);
      await until(() => seqsOf(sink).length === i);
    }
    // The second message was refused, and sent again.
    const [first, refused, again, ...rest] = sink.tries as [Buffer, Buffer, Buffer, ...Buffer[]];
    expect(refused.buffer).toBe(first.buffer);
    expect(decodeBatch(refused)).toMatchObject({ firstSeq: 2n, lastSeq: 2n });
    expect(again.buffer).not.toBe(first.buffer);
    expect(rest.map(({ buffer }) => buffer === again.buffer)).toEqual([true, true]);
    expect(seqsOf(sink)).toEqual([1, 2, 3, 4]);
  });

  it("sends what the other sources left if a file cannot be read, and says so once", async () => {
    const folder = folderOf();
    using spool = spoolOf(folder, { worker: 1, boot: "cd34" });
    record(spool, 3);
    mkdirSync(join(folder, segmentName(0, "ab12", 1)));
    const sink = sinkOf();
    const error = vi.fn();
    await using shipper = shipperOf(folder, sink, {
      logger: { ...logger, error } as never,
      roundIntervalMs: 1,
    });
    shipper.workerStarted(1, "cd34", () => undefined);
    await until(() => seqsOf(sink).length === 3);
    record(spool, 1);
    await until(() => seqsOf(sink).length === 4);
    expect(shipper.status.sendFailures).toBe(0);
    expect(error.mock.calls.map(([{ source }]) => source as string)).toEqual(["node/0/ab12"]);
  });

  it("reads neither incomplete nor damaged frames", () => {
    const folder = folderOf();
    using spool = spoolOf(folder);
    record(spool, 1);
    const file = join(folder, filesOf(folder)[0] as string);
    const bytes = readFileSync(file);
    for (let cut = 0; cut < bytes.length; cut += 5)
      expect(readFrame(bytes.subarray(0, cut), 0)).toBe("partial");
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
    expect(readFrame(bytes, 0)).toBe("damaged");
  });
});

it("whoever keeps the sources hears of each, and again what was not kept", async () => {
  const folder = folderOf();
  using spool = spoolOf(folder);
  using _idle = spoolOf(folder, { worker: 1 });
  record(spool, 2);
  const heard: string[] = [];
  const hear = (what: string) => (name: string) => {
    heard.push(`${name} ${what}`);
    // The disk is full at first.
    return heard.filter((one) => one === `${name} ${what}`).length > 1;
  };
  const lives = {
    sourceStarted: hear("started"),
    sourceClosed: hear("closed"),
    sourceEmpty: hear("empty"),
  };
  await using shipper = shipperOf(folder, sinkOf(), { lives });
  for (const worker of [0, 1]) shipper.workerStarted(worker, "ab12", () => undefined);
  for (const worker of [0, 1]) shipper.workerEnded(worker, "ab12");
  expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
  const twice = (text: string) => [text, text];
  expect(heard.toSorted()).toEqual([
    ...twice("node/0/ab12 closed"),
    "node/0/ab12 started",
    ...twice("node/1/ab12 empty"),
    "node/1/ab12 started",
  ]);
});

describe("a spool file", () => {
  it("is kept while its worker lives, however long it is sent, and deleted when the worker has ended", async () => {
    const folder = folderOf();
    using spool = spoolOf(folder);
    const sink = sinkOf();
    await using shipper = shipperOf(folder, sink);
    shipper.workerStarted(0, "ab12", () => undefined);
    record(spool, 2);
    const old = new Date(Date.now() - 3_600_000);
    for (const name of filesOf(folder)) utimesSync(join(folder, name), old, old);
    await until(() => seqsOf(sink).length === 2);
    for (let round = 0; round < 3; round++) await shipper.flushed(5_000);
    expect(filesOf(folder)).toHaveLength(1);
    record(spool, 1);
    shipper.workerEnded(0, "ab12");
    expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
    expect(seqsOf(sink)).toEqual([1, 2, 3]);
    expect(closedOf(sink)).toEqual([["node/0/ab12", 3, 3]]);
    expect(filesOf(folder)).toEqual([]);
  });

  it("is deleted once it is sent and its worker writes to the next one", async () => {
    const folder = folderOf();
    using spool = spoolOf(folder, { segmentBytes: 2_000 });
    const sink = sinkOf();
    record(spool, 100);
    expect(filesOf(folder).length).toBeGreaterThan(5);
    await using shipper = shipperOf(folder, sink);
    shipper.workerStarted(0, "ab12", () => undefined);
    expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
    await until(() => filesOf(folder).length === 1);
    expect(seqsOf(sink)).toEqual(upTo(100));
  });

  it("that ends in the middle of a frame, which nobody got a response for, does not keep its source open", async () => {
    const folder = folderOf();
    using spool = spoolOf(folder);
    record(spool, 2);
    const file = join(folder, filesOf(folder)[0] as string);
    writeFileSync(file, readFileSync(file).subarray(0, -3));
    const sink = sinkOf();
    await using shipper = shipperOf(folder, sink);
    expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
    expect(closedOf(sink)).toEqual([["node/0/ab12", 1, 1]]);
  });
});

describe("what a worker recorded and its files do not contain", () => {
  it.each<[string, (file: string) => void]>([
    ["a deleted file", (file) => rmSync(file)],
    ["a truncated file", (file) => truncateSync(file, 0)],
    ["a damaged file", (file) => writeFileSync(file, Buffer.alloc(100, 1))],
  ])("is reported as lost: %s", async (_what, lose) => {
    const folder = folderOf();
    using spool = spoolOf(folder);
    record(spool, 5);
    lose(join(folder, filesOf(folder)[0] as string));
    const sink = sinkOf();
    await using shipper = shipperOf(folder, sink);
    shipper.workerStarted(0, "ab12", (order) => {
      if (order.type === "roll") spool.roll();
    });
    shipper.recorded(0, "ab12", 5);
    await until(() => shipper.status.lostEvents === 5);
    expect(sink.batches).toMatchObject([{ recordedSeq: 5n, settledSeq: 5n, closed: false, events: [] }]);
    shipper.workerEnded(0, "ab12");
    expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
    expect(closedOf(sink)).toEqual([["node/0/ab12", 5, 5]]);
  });

  it("makes a worker whose file was deleted continue in a new one", async () => {
    const folder = folderOf();
    using spool = spoolOf(folder);
    record(spool, 5);
    rmSync(join(folder, filesOf(folder)[0] as string));
    const sink = sinkOf();
    await using shipper = shipperOf(folder, sink);
    shipper.workerStarted(0, "ab12", ({ type }) => type === "roll" && spool.roll());
    shipper.recorded(0, "ab12", 5);
    await until(() => filesOf(folder).length === 1);
    record(spool, 2);
    await until(() => seqsOf(sink).length === 2);
    expect(seqsOf(sink)).toEqual([6, 7]);
  });

  it("is known after a restart too, from the ledger", async () => {
    const folder = folderOf();
    using spool = spoolOf(folder);
    record(spool, 5);
    {
      await using shipper = shipperOf(
        folder,
        sinkOf(() => false),
      );
      shipper.workerStarted(0, "ab12", () => undefined);
      shipper.recorded(0, "ab12", 5);
      const ledger = join(folder, "ledger.json");
      await until(() => existsSync(ledger) && readFileSync(ledger, "utf8").includes('"recordedSeq":5'));
    }
    rmSync(join(folder, filesOf(folder)[0] as string));
    const sink = sinkOf();
    await using shipper = shipperOf(folder, sink);
    expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
    expect(closedOf(sink)).toEqual([["node/0/ab12", 5, 5]]);
    expect(shipper.status.lostEvents).toBe(5);
  });
});

describe("a damaged file", () => {
  const recorded = (count: number) => {
    const folder = folderOf();
    using spool = spoolOf(folder);
    record(spool, count);
    const file = join(folder, filesOf(folder)[0] as string);
    return { folder, file, sizeBytes: statSync(file).size };
  };

  it("is set aside once what precedes the damage is accepted, and its source is closed with a loss", async () => {
    const { folder, file, sizeBytes } = recorded(10);
    damage(file, sizeBytes - 1);
    const sink = sinkOf((tries) => tries > 1);
    await using shipper = shipperOf(folder, sink);
    expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
    expect(shipper.status.sendFailures).toBe(1);
    expect(seqsOf(sink)).toEqual(upTo(9));
    expect(closedOf(sink)).toEqual([["node/0/ab12", 10, 10]]);
    expect(existsSync(`${file}.damaged`)).toBe(true);
  });

  it("does not make its source forgotten if nothing else is known of it, after a restart neither", async () => {
    const { folder, file, sizeBytes } = recorded(10);
    writeFileSync(file, Buffer.alloc(sizeBytes, 1));
    {
      await using _shipper = shipperOf(
        folder,
        sinkOf(() => false),
      );
      await until(() => existsSync(`${file}.damaged`));
    }
    const sink = sinkOf();
    await using shipper = shipperOf(folder, sink);
    expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
    expect(closedOf(sink)).toEqual([["node/0/ab12", 1, 1]]);
  });

  it("is not written to further, while the sink accepts nothing too", async () => {
    const { folder, file, sizeBytes } = recorded(10);
    damage(file, sizeBytes - 1);
    const orders: SpoolOrder[] = [];
    await using shipper = shipperOf(
      folder,
      sinkOf(() => false),
    );
    shipper.workerStarted(0, "ab12", (order) => orders.push(order));
    await until(() => orders.some(({ type }) => type === "roll"));
    expect(existsSync(file)).toBe(true);
  });
});

describe("whatever bytes of spool files are damaged", () => {
  const EVENTS_A_FRAME = 3;
  const FRAMES = 12;
  /** The frames of a source in files, with the numbers of their events. */
  function written(folder: string) {
    using spool = spoolOf(folder, { segmentBytes: 2_500 });
    for (let frame = 0; frame < FRAMES; frame++) {
      for (let i = 0; i < EVENTS_A_FRAME; i++) spool.add(key, facts(i));
      spool.commit();
    }
    return filesOf(folder)
      .sort()
      .flatMap((name) => {
        const bytes = readFileSync(join(folder, name));
        const frames = [];
        for (let at = 0; at < bytes.length; ) {
          const read = readFrame(bytes, at);
          if (typeof read === "string") throw new Error(read);
          const { firstSeq, count } = read.frame;
          frames.push({ name, at, end: read.end, seqs: upTo(count).map((i) => firstSeq + i - 1) });
          at = read.end;
        }
        return frames;
      });
  }
  const flips = fc.array(
    fc.record({
      frame: fc.nat(FRAMES - 1),
      place: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      bits: fc.integer({ min: 1, max: 255 }),
      isHeader: fc.boolean(),
    }),
    { minLength: 1, maxLength: 6 },
  );

  it.each([true, false])(
    "every whole frame is sent, and every other one is reported; its worker lives: %s",
    async (lives) => {
      await fc.assert(
        fc.asyncProperty(flips, async (given) => {
          const folder = folderOf();
          const frames = written(folder);
          const originals = new Map(frames.map(({ name }) => [name, readFileSync(join(folder, name))]));
          const files = new Map([...originals].map(([name, bytes]) => [name, Buffer.from(bytes)]));
          for (const { frame, place, bits, isHeader } of given) {
            const { name, at, end } = frames[frame] as (typeof frames)[number];
            const bytes = files.get(name) as Buffer;
            const i = at + Math.floor(place * (isHeader ? 28 : end - at));
            bytes[i] = (bytes[i] as number) ^ bits;
          }
          for (const [name, bytes] of files) writeFileSync(join(folder, name), bytes);
          const isWhole = ({ name, at, end }: (typeof frames)[number]) =>
            (files.get(name) as Buffer)
              .subarray(at, end)
              .equals((originals.get(name) as Buffer).subarray(at, end));
          const whole = frames.filter(isWhole).flatMap(({ seqs }) => seqs);
          const sink = sinkOf();
          await using shipper = shipperOf(folder, sink, { roundIntervalMs: 1 });
          if (lives) shipper.workerStarted(0, "ab12", () => undefined);
          const total = FRAMES * EVENTS_A_FRAME;
          shipper.recorded(0, "ab12", total);
          // The worker continues in a new file when it is asked to; here it ends.
          if (lives) setTimeout(() => shipper.workerEnded(0, "ab12"), 5);
          expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
          expect(sink.batches.every((batch) => batch !== undefined)).toBe(true);
          expect(seqsOf(sink)).toEqual(whole);
          const [[, recorded, settled] = []] = closedOf(sink);
          expect(recorded).toBe(settled);
          // Whoever adds up the gaps and the end finds all that is missing.
          if (lives) expect([settled, shipper.status.lostEvents]).toEqual([total, total - whole.length]);
          else
            expect(settled).toBeGreaterThan(
              whole.length < total ? Math.max(0, whole.at(-1) ?? 0) - 1 : total - 1,
            );
          rmSync(folder, { recursive: true });
        }),
        { numRuns: 40 },
      );
    },
  );
});

describe("a source with nothing to send", () => {
  it("reports that it is there", async () => {
    const folder = folderOf();
    using spool = spoolOf(folder);
    record(spool, 1);
    const sink = sinkOf();
    await using shipper = shipperOf(folder, sink, { heartbeatMs: 1 });
    shipper.workerStarted(0, "ab12", () => undefined);
    await until(() => sink.batches.length >= 3);
    expect(sink.batches[1]).toMatchObject({ recordedSeq: 1n, settledSeq: 1n, closed: false, events: [] });
  });

  it("and that never recorded a call is not reported at all", async () => {
    const folder = folderOf();
    using spool = spoolOf(folder);
    expect(spool.lastSeq).toBe(0);
    const sink = sinkOf();
    await using shipper = shipperOf(folder, sink, { heartbeatMs: 1 });
    expect(await shipper.flushed(PATIENCE_MS)).toBe(true);
    expect(sink.batches).toEqual([]);
    await until(() => filesOf(folder).length === 0);
  });
});
