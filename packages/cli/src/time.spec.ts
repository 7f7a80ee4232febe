import type { Command } from "commander";
import { expect, it } from "vitest";
import { createProgram } from "./program.ts";
import { readDefaults } from "./settings.ts";
import { readDate, readMonth, readTime, unixMsOf } from "./time.ts";

interface TimeOption {
  readonly of: string;
  readonly kind: string;
  readonly read: ((text: string, before: unknown) => unknown) | undefined;
}

/** The options of all commands whose value is a month, a date or a time. */
const timeOptions = (command: Command, above = ""): readonly TimeOption[] => [
  ...command.options.flatMap(({ flags, parseArg }) => {
    const kind = /<(month|date|time)>/.exec(flags)?.[1];
    return kind === undefined ? [] : [{ of: `${above} ${flags}`, kind, read: parseArg }];
  }),
  ...command.commands.flatMap((one) => timeOptions(one, `${above} ${one.name()}`.trim())),
];
const options = timeOptions(await createProgram(readDefaults({})));
const WRONG = [
  "",
  "1",
  "2026",
  "2026-1",
  "2026-13",
  "2026-02-30",
  "yesterday",
  "11/30/2026",
  "2026-11-01T08:00:00",
];
const WANTED: Readonly<Record<string, RegExp>> = {
  month: /It must be a month, such as 2026-11\./,
  date: /It must be a date, such as 2026-12-01\./,
  time: /It must be a time, such as 2026-11-01 or 2026-11-01T08:00:00Z\./,
};

it("no option of any command takes for a month, a date or a time what is none, before anything is asked of a server", () => {
  expect(options.length).toBeGreaterThan(20);
  for (const { of, kind, read } of options)
    for (const text of WRONG) expect(() => read?.(text, undefined), `${of} ${text}`).toThrow(WANTED[kind]);
});

it.each([
  [readMonth, "2026-01"],
  [readDate, "2028-02-29"],
  [readTime, "2026-11-01"],
  [readTime, "2026-11-01T08:00Z"],
  [readTime, "2026-11-01T08:00:00.250+05:30"],
])("%o takes %s as it is", (read, text) => {
  expect(read(text)).toBe(text);
});

it("a date is midnight in UTC, and an instant is itself", () => {
  expect(unixMsOf("2026-11-01")).toBe(BigInt(Date.UTC(2026, 10, 1)));
  expect(unixMsOf("2026-11-01T01:00:00+01:00")).toBe(BigInt(Date.UTC(2026, 10, 1)));
  expect(unixMsOf(undefined)).toBe(0n);
});
