import { stripVTControlCharacters } from "node:util";
import { afterEach, describe, expect, it, vi } from "vitest";
import { print, printTable, report } from "./output.ts";
import { terminalText } from "./terminal-text.ts";

const terminal = { isTTY: true };
const pipe = { isTTY: false };

describe("what others sent is shown on a terminal", () => {
  it.each([
    ["colours and moves of the cursor", "\u001b[31mred\u001b[2J", "\\x1b[31mred\\x1b[2J"],
    ["a command of the operating system", "\u001b]0;title\u0007", "\\x1b]0;title\\x07"],
    ["the same in one byte", "\u009b2J\u0090", "\\x9b2J\\x90"],
    ["what goes back and writes over it", "paid\rfree\b\u007f", "paid\\rfree\\x08\\x7f"],
    ["what reorders text", "user\u202enimda", "user\\u202enimda"],
    ["lines, tabs and letters as they are", "één\n\tzwei 日本 👋", "één\n\tzwei 日本 👋"],
  ])("%s", (_what, sent, shown) => {
    expect(terminalText(sent, terminal)).toBe(shown);
    expect(terminalText(sent, pipe)).toBe(sent);
  });
});

describe("every command prints by these", () => {
  const streams = ["stdout", "stderr"] as const;
  const own = streams.map((name) => Object.getOwnPropertyDescriptor(process[name], "isTTY"));
  afterEach(() => {
    vi.restoreAllMocks();
    for (const [i, name] of streams.entries()) {
      const before = own[i];
      if (before) Object.defineProperty(process[name], "isTTY", before);
      else Reflect.deleteProperty(process[name], "isTTY");
    }
  });
  /** What is written to a stream. */
  const written = (name: (typeof streams)[number], isTTY: boolean): string[] => {
    const texts: string[] = [];
    Object.defineProperty(process[name], "isTTY", { value: isTTY, configurable: true });
    vi.spyOn(process[name], "write").mockImplementation((text) => {
      texts.push(String(text));
      return true;
    });
    return texts;
  };
  const plain = (texts: readonly string[]) => stripVTControlCharacters(texts.join(""));

  it("output on a terminal, messages in a pipe", () => {
    const [out, err] = [written("stdout", true), written("stderr", false)];
    print("\u001b[2J");
    report("\u001b[2J");
    expect([out, err]).toEqual([["\\x1b[2J\n"], ["\u001b[2J\n"]]);
  });

  it("a cell of a table stays in its line, and a style is the program's own", () => {
    const rows = [{ name: "a\nb\u001b[8m" }];
    const terminalLines = written("stdout", true);
    printTable(rows, ["name"]);
    expect(plain(terminalLines)).toBe("NAME\na\\nb\\x1b[8m\n");
    vi.restoreAllMocks();
    const piped = written("stdout", false);
    printTable(rows, ["name"]);
    expect(piped.join("")).toBe("NAME\na\nb\u001b[8m\n");
  });
});
