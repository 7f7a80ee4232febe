import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { LogRefusal } from "../refusal.ts";
import { compileQuery } from "./compile-query.ts";
import { Memory } from "./memory.ts";
import { Row } from "./row.ts";

const MB = 1024 * 1024;

function run(text: string, messages: Iterable<string>) {
  const running = compileQuery(text).start(new Memory(MB));
  let unixMs = 0;
  for (const message of messages) {
    const at = unixMs++;
    running.take(
      new Row({ id: () => `${at}`, unixMs: at, ingestionMs: at, stream: "s", log: "1:g", message }),
    );
  }
  return running.results();
}

const numbers = (count: number) =>
  Array.from({ length: count }, (_, i) => JSON.stringify({ i, s: "x".repeat(50) }));
const times = (count: number, of: (i: number) => string) =>
  Array.from({ length: count }, (_, i) => of(i)).join(", ");

describe("a query ends that would keep more than it may", () => {
  it.each([
    ["of aggregates", `stats ${times(900, () => "pct(i, 1)")} by i`, 100],
    ["of what stats compute", `stats concat(max(i), ${times(90, () => "s")}) as x by i, s`, 500],
    ["of fields after a limit", `limit 1000 | fields concat(${times(90, () => "s")}) as x`, 1_000],
    [
      "of fields of one event",
      `fields concat(${times(90, () => "s")}) as a, concat(${times(90, () => "a")}) as b, ${times(30, (i) => `concat(b, b) as c${i}`)} | filter 0 = 1`,
      1,
    ],
    [
      "of columns",
      `sort i | display ${times(200, (i) => `concat("${"y".repeat(20)}", s) as c${i}`)} | limit 1000`,
      1_000,
    ],
  ])("%s", (_what, text, count) => {
    expect(() => run(text, numbers(count))).toThrow(LogRefusal);
  });
});

it.each([
  ["groups", "parse 'id=* ' as id | stats count(*) by id"],
  ["a value of a group", "parse 'id=* ' as id | stats latest(id) by @timestamp"],
  ["a result", "parse 'id=* ' as id | limit 1 | display id"],
])("%s keep parts of messages, and not the messages", (_what, text) => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const heap = () => {
    collect();
    return process.memoryUsage().heapUsed;
  };
  const before = heap();
  const kept = Array.from({ length: 64 }, (_, i) =>
    run(text, [`id=${"0123456789".repeat(2)}${i} ${String.fromCharCode(97 + (i % 26)).repeat(200_000)}`]),
  );
  expect(kept.flat()).toHaveLength(64);
  expect(heap() - before).toBeLessThan(6 * MB);
});
