import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { decodeLogBatch, encodeBatch, type LogFacts, readFrame } from "@tollgate/usage-stream";
import type { TopicMessage } from "@tollgate/usage-stream/kafka";
import { Spool } from "../usage/spool.ts";
import { LogFanOut } from "./fan-out.ts";
import type { LoggedEvent } from "./line-sink.ts";
import { LineWriter, rotatingFile } from "./line-writer.ts";
import { LogSpool, logEvents } from "./log-spool.ts";

const logger = createLogger("spec", "silent");
const GROUP = { accountId: "000000000000", name: "g" };

function inFolder<T>(run: (folder: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "logs-"));
  const clean = () => rmSync(folder, { recursive: true });
  const result = run(folder);
  if (result instanceof Promise) return result.finally(clean) as T;
  clean();
  return result;
}

const spoolIn = (folder: string, allowedBytes: number) =>
  new Spool<LogFacts>({
    folder,
    worker: 0,
    boot: "ab",
    segmentBytes: 1_000_000,
    allowedBytes,
    sync: "never",
    events: logEvents,
    report: () => undefined,
  });

/** The batch of all that is in a folder's only file. */
function batchIn(folder: string): TopicMessage {
  const bytes = readFileSync(join(folder, readdirSync(folder)[0] as string));
  const frames = [];
  for (let at = 0; at < bytes.length; ) {
    const read = readFrame(bytes, at);
    if (typeof read === "string") throw new Error(read);
    frames.push(read.frame);
    at = read.end;
  }
  return encodeBatch("n/0/ab", frames, { recordedSeq: 1 });
}

describe("the log events of a worker", () => {
  const valueOf = (sink: LogSpool, name: string) => sink.readings().find((one) => one.name === name)?.value;

  it("are written by turns, and cut where they are too long", () =>
    inFolder((folder) => {
      const sink = new LogSpool({ spool: spoolIn(folder, 1e9), nowMs: () => 0, report: () => undefined });
      const write = sink.open(GROUP);
      write(1, "one");
      write(2, "ü".repeat(200_000));
      sink.commit();
      write(3, "three");
      sink.commit();
      const messages = decodeLogBatch(batchIn(folder).value)?.events.map(({ message }) => message) ?? [];
      expect([messages[0], messages[2]]).toEqual(["one", "three"]);
      expect(messages[1]).toMatch(/^ü+ \[TRUNCATED\]$/);
      expect(Buffer.byteLength(messages[1] ?? "")).toBeLessThanOrEqual(128 * 1024);
      expect(valueOf(sink, "tollgate.logs.written")).toBe(3);
    }));

  it("are dropped and counted where there is no space, and reported once a minute", () =>
    inFolder((folder) => {
      let nowMs = 0;
      const reported: number[] = [];
      const spool = spoolIn(folder, 10);
      const sink = new LogSpool({
        spool,
        nowMs: () => nowMs,
        report: (_, dropped) => reported.push(dropped),
      });
      const write = sink.open(GROUP);
      for (const at of [0, 1_000, 61_000]) {
        nowMs = at;
        write(at, "lost");
        sink.commit();
      }
      expect(reported).toEqual([1, 3]);
      expect(valueOf(sink, "tollgate.logs.dropped")).toBe(3);
      spool.allow(1e9);
      write(4, "kept");
      sink.commit();
      expect(decodeLogBatch(batchIn(folder).value)?.events).toMatchObject([{ seq: 1n, message: "kept" }]);
    }));
});

describe("sinks", () => {
  it("that wait for nothing are given each event once, also where the one that keeps them refuses", () =>
    inFolder(async (folder) => {
      const sink = new LogSpool({ spool: spoolIn(folder, 1e9), nowMs: () => 0, report: () => undefined });
      sink.open(GROUP)(7, "once");
      sink.commit();
      const message = batchIn(folder);
      const given: LoggedEvent[] = [];
      let refusals = 1;
      const lines = {
        write: (events: readonly LoggedEvent[]) => given.push(...events),
        dropped: 0,
        [Symbol.asyncDispose]: async () => undefined,
      };
      const kept = {
        send: async () => {
          if (refusals-- > 0) throw new Error("away");
        },
        [Symbol.asyncDispose]: async () => undefined,
      };
      const all = new LogFanOut([lines], kept);
      await expect(all.send([message])).rejects.toThrow("away");
      await all.send([message]);
      expect(given).toEqual([{ accountId: GROUP.accountId, logGroup: "g", unixMs: 7, message: "once" }]);
    }));

  it("write lines to a file that is renamed when it is full", () =>
    inFolder(async (folder) => {
      const path = join(folder, "calls.log");
      const writer = new LineWriter(rotatingFile({ path, maxBytes: 10, keptFiles: 2 }), logger);
      for (const message of ["first", "second", "third", "fourth"])
        writer.write([{ accountId: "", logGroup: "", unixMs: 0, message }]);
      await writer[Symbol.asyncDispose]();
      const content = ["", ".1", ".2"].map((ending) => readFileSync(path + ending, "utf8"));
      expect(content).toEqual(["fourth\n", "third\n", "second\n"]);
    }));

  it("write one line for an event, whatever its text has", async () => {
    const written: string[] = [];
    const target = {
      write: async (lines: Buffer) => void written.push(lines.toString()),
      close: async () => undefined,
    };
    const writer = new LineWriter(target, logger);
    writer.write([{ accountId: "", logGroup: "", unixMs: 0, message: "a\nforged\u001b[2J\tb" }]);
    await writer[Symbol.asyncDispose]();
    expect(written).toEqual(["a\\u000aforged\\u001b[2J\tb\n"]);
  });

  it("drop and count what a slow reader has no room for", async () => {
    const stuck = { write: () => new Promise<void>(() => undefined), close: async () => undefined };
    const writer = new LineWriter(stuck, logger);
    const event = { accountId: "", logGroup: "", unixMs: 0, message: "x".repeat(1024 * 1024 - 1) };
    for (let i = 0; i < 12; i++) writer.write([event]);
    expect(writer.dropped).toBe(4);
  });
});
