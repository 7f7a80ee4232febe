import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type JournalRecord, RecordJournal } from "./record-journal.ts";

let folder = "";
let file = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tollgate-records-"));
  file = join(folder, "records");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const record = (key: string, value: unknown): JournalRecord => ({
  key,
  version: JSON.stringify(value),
  value: () => value,
});
const recordsOf = (values: object) => Object.entries(values).map(([key, value]) => record(key, value));
const stored = () => Object.fromEntries(new RecordJournal(file).read());

it("the file contains the records that were written last, whatever was there before", () => {
  const journal = new RecordJournal(file);
  for (const values of [{ a: 1, b: { c: [null] } }, { a: 2, d: "x\ny" }, {}, { a: 1 }]) {
    journal.write(recordsOf(values));
    expect(stored()).toEqual(values);
  }
});

it("what has not changed is neither serialized nor written again", () => {
  const journal = new RecordJournal(file);
  const asked: string[] = [];
  const counted = (key: string, version: string): JournalRecord => ({
    key,
    version,
    value: () => (asked.push(`${key}${version}`), "x".repeat(1_000)),
  });
  journal.write([counted("a", "1"), counted("b", "1")]);
  const wholeBytes = statSync(file).size;
  journal.write([counted("a", "1"), counted("b", "1")]);
  expect(statSync(file).size).toBe(wholeBytes);
  journal.write([counted("a", "1"), counted("b", "2")]);
  expect(asked).toEqual(["a1", "b1", "b2"]);
  expect(statSync(file).size).toBeLessThan(wholeBytes * 1.6);
});

it("stays within about twice the size of its records, however often they change", () => {
  const journal = new RecordJournal(file);
  const others = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`other${i}`, "x".repeat(1_000)]));
  let most = 0;
  for (let i = 0; i < 1_000; i++) {
    journal.write(recordsOf({ ...others, changed: `${i} ${"y".repeat(1_000)}` }));
    most = Math.max(most, statSync(file).size);
  }
  expect(stored().changed).toMatch(/^999 /);
  expect(most).toBeLessThan(220_000);
});

it("a line that was cut off is left out, and is gone after the next write", () => {
  new RecordJournal(file).write(recordsOf({ a: 1 }));
  appendFileSync(file, '["b",{"half":');
  expect(stored()).toEqual({ a: 1 });
  new RecordJournal(file).write(recordsOf({ a: 1 }));
  expect(readFileSync(file, "utf8")).toBe('["a",1]\n');
});

it("a write that failed is made up for by the next one", () => {
  const journal = new RecordJournal(file);
  journal.write(recordsOf({ a: 1, gone: 1 }));
  rmSync(file);
  mkdirSync(file);
  expect(() => journal.write(recordsOf({ a: 1, b: 2 }))).toThrow();
  rmSync(file, { recursive: true });
  journal.write(recordsOf({ a: 1, b: 2 }));
  expect(stored()).toEqual({ a: 1, b: 2 });
  expect(existsSync(`${file}.new`)).toBe(false);
});
