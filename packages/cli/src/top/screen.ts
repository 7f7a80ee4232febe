import { terminalText } from "../terminal-text.ts";

const ALTERNATE = "\u001b[?1049h\u001b[?25l";
const NORMAL = "\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const REST_OF_LINE = "\u001b[K";
const REST_OF_SCREEN = "\u001b[J";
/** Ctrl-C comes as a key while the terminal is raw. */
const LEAVING = new Set(["q", "Q", "\u0003"]);

/** Screen is a terminal's second screen; the first one comes back when it is disposed of. */
export interface Screen extends Disposable {
  readonly lines: number;
  show(lines: readonly string[]): void;
}

/** openScreen takes the terminal; `leave` is called when somebody presses q or Ctrl-C. */
export function openScreen(stdout: NodeJS.WriteStream, stdin: NodeJS.ReadStream, leave: () => void): Screen {
  const pressed = (key: Buffer) => {
    if (LEAVING.has(key.toString())) leave();
  };
  if (stdin.isTTY) stdin.setRawMode(true).on("data", pressed).resume();
  stdout.write(ALTERNATE);
  return {
    get lines() {
      return stdout.rows;
    },
    show(lines) {
      const shown = lines.map(
        (line) => `${terminalText(line, stdout).slice(0, stdout.columns)}${REST_OF_LINE}`,
      );
      stdout.write(`${HOME}${shown.join("\r\n")}${REST_OF_SCREEN}`);
    },
    [Symbol.dispose]() {
      stdout.write(NORMAL);
      if (stdin.isTTY) stdin.off("data", pressed).setRawMode(false).pause();
    },
  };
}
