import { terminalCell } from "../terminal-text.ts";

/** Lines that are too long must not wrap: the head would leave the screen. Characters may be wider than one column. */
const ALTERNATE = "\u001b[?1049h\u001b[?25l\u001b[?7l";
const NORMAL = "\u001b[?7h\u001b[?25h\u001b[?1049l";
const HOME = "\u001b[H";
const REST_OF_LINE = "\u001b[K";
const REST_OF_SCREEN = "\u001b[J";
/** Ctrl-C comes as a key while the terminal is raw. */
const CTRL_C = "\u0003";
const ESCAPE = "\u001b";

/** Keys that are pressed while the process is busy come together. What follows an escape character is the name of another key. */
const isLeaving = (keys: string): boolean => {
  const [typed = ""] = keys.split(ESCAPE);
  return keys.includes(CTRL_C) || typed.toLowerCase().includes("q");
};

/** The size of a terminal that does not know its own, such as one that a program made: it says 0. */
const LINES = 24;
const COLUMNS = 80;

/** Screen is a terminal's second screen; the first one comes back when it is disposed of. */
export interface Screen extends Disposable {
  readonly lines: number;
  show(lines: readonly string[]): void;
}

/** openScreen takes the terminal; `leave` is called when somebody presses q or Ctrl-C. */
export function openScreen(stdout: NodeJS.WriteStream, stdin: NodeJS.ReadStream, leave: () => void): Screen {
  let shown: readonly string[] = [];
  const pressed = (keys: Buffer) => {
    if (isLeaving(keys.toString())) leave();
  };
  const draw = () => {
    const drawn = shown
      .slice(0, stdout.rows || LINES)
      .map((line) => `${terminalCell(line, stdout).slice(0, stdout.columns || COLUMNS)}${REST_OF_LINE}`);
    stdout.write(`${HOME}${drawn.join("\r\n")}${REST_OF_SCREEN}`);
  };
  if (stdin.isTTY) stdin.setRawMode(true).on("data", pressed).resume();
  stdout.on("resize", draw).write(ALTERNATE);
  return {
    get lines() {
      return stdout.rows || LINES;
    },
    show(lines) {
      shown = lines;
      draw();
    },
    [Symbol.dispose]() {
      stdout.off("resize", draw).write(NORMAL);
      if (stdin.isTTY) stdin.off("data", pressed).setRawMode(false).pause();
    },
  };
}
