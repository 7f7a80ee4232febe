import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import { openScreen } from "./screen.ts";

/** A terminal of a few columns, and what was written to it. */
function terminal() {
  const written: string[] = [];
  const raw: boolean[] = [];
  const stdout = { isTTY: true, rows: 10, columns: 12, write: (text: string) => written.push(text) };
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
    screen.show(["a\u001b[2Jname", "12345678901234567890"]);
  }
  expect(written).toEqual([
    "\u001b[?1049h\u001b[?25l",
    "\u001b[Ha\\x1b[2Jname\u001b[K\r\n123456789012\u001b[K\u001b[J",
    "\u001b[?25h\u001b[?1049l",
  ]);
  expect(raw).toEqual([true, false]);
  expect(stdin.listenerCount("data")).toBe(0);
});

it.each([["q"], ["Q"], ["\u0003"]])("%j leaves; other keys do not", async (key) => {
  const { stdin, stdout } = terminal();
  let left = 0;
  using _screen = openScreen(stdout, stdin as never, () => left++);
  const read = () => new Promise((resolve) => setImmediate(resolve));
  stdin.write("x");
  await read();
  expect(left).toBe(0);
  stdin.write(key);
  await read();
  expect(left).toBe(1);
});
