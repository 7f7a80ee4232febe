import { EventEmitter } from "node:events";
import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { openScreen } from "./screen.ts";

/** A terminal of a few columns, and what was written to it. */
function terminal() {
  const written: string[] = [];
  const raw: boolean[] = [];
  const stdout = Object.assign(new EventEmitter(), {
    isTTY: true,
    rows: 10,
    columns: 12,
    write: (text: string) => written.push(text),
  });
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode(isRaw: boolean) {
      raw.push(isRaw);
      return stdin;
    },
  });
  return { written, raw, stdin, stdout: stdout as unknown as NodeJS.WriteStream };
}

it("takes the terminal, shows lines that fit, and gives it back", () => {
  const { written, raw, stdin, stdout } = terminal();
  {
    using screen = openScreen(stdout, stdin as never, () => undefined);
    expect(screen.lines).toBe(10);
    screen.show(["a\u001b[2Jna\nme", "12345678901234567890"]);
  }
  expect(written).toEqual([
    "\u001b[?1049h\u001b[?25l\u001b[?7l",
    "\u001b[Ha\\x1b[2Jna\\n\u001b[K\r\n123456789012\u001b[K\u001b[J",
    "\u001b[?7h\u001b[?25h\u001b[?1049l",
  ]);
  expect(raw).toEqual([true, false]);
  expect(stdin.listenerCount("data")).toBe(0);
  expect(stdout.listenerCount("resize")).toBe(0);
});

it("is drawn again when its size changes: no more lines than there are", () => {
  const { written, stdin, stdout } = terminal();
  using screen = openScreen(stdout, stdin as never, () => undefined);
  screen.show(["one", "two", "three"]);
  Object.assign(stdout, { rows: 2, columns: 2 });
  stdout.emit("resize");
  expect(written.at(-1)).toBe("\u001b[Hon\u001b[K\r\ntw\u001b[K\u001b[J");
});

it("has lines where the terminal does not know its size", () => {
  const { written, stdin, stdout } = terminal();
  Object.assign(stdout, { rows: 0, columns: 0 });
  using screen = openScreen(stdout, stdin as never, () => undefined);
  expect(screen.lines).toBe(24);
  screen.show(["one"]);
  expect(written.at(-1)).toContain("one");
});

it.each([["q"], ["Q"], ["\u0003"], ["\u0003\u0003"], ["xq"], ["\u001b[A\u0003"]])(
  "%j leaves; other keys do not",
  async (key) => {
    const { stdin, stdout } = terminal();
    let left = 0;
    using _screen = openScreen(stdout, stdin as never, () => left++);
    const read = () => new Promise((resolve) => setImmediate(resolve));
    // A key, and the 1 of a keypad in application mode.
    for (const other of ["x", "\u001bOq"]) stdin.write(other);
    await read();
    expect(left).toBe(0);
    stdin.write(key);
    await read();
    expect(left).toBe(1);
  },
);
