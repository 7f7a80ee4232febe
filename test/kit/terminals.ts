import { spawn } from "node:child_process";
import { once } from "node:events";
import { until } from "./process.ts";

/** A line of a page that shows terminals side by side: which one, and what it is: a command, something typed, or something printed. */
const LINE = /^(\S+) +([$<>]) (.*)$/;

interface Terminal {
  readonly type: (line: string) => void;
  /** What was printed, and not read yet. */
  printed: string;
  readonly end: () => Promise<number | null>;
}

export interface TerminalOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

function open(command: string, options: TerminalOptions): Terminal {
  const child = spawn("bash", ["-c", `exec ${command}`], options);
  const exited = once(child, "exit") as Promise<[code: number | null]>;
  const terminal: Terminal = {
    printed: "",
    type: (line) => child.stdin.write(`${line}\n`),
    end: async () => {
      child.stdin.end();
      return (await exited)[0];
    },
  };
  const append = (chunk: Buffer) => (terminal.printed += chunk.toString());
  child.stdout.on("data", append);
  child.stderr.on("data", append);
  return terminal;
}

/**
 * playTerminals does what a block of a page shows of several terminals: commands, typed lines, and printed lines, which each terminal must print in
 * this order and without others in between. Returns the exit codes of the commands once their input has ended.
 */
export async function playTerminals(block: string, options: TerminalOptions): Promise<(number | null)[]> {
  const terminals = new Map<string, Terminal>();
  try {
    for (const line of block.trim().split("\n")) {
      const [, name = "", what, text = ""] = LINE.exec(line) ?? [];
      if (what === "$") {
        terminals.set(name, open(text, options));
        continue;
      }
      const terminal = terminals.get(name);
      if (!terminal) throw new Error(`'${line}' names no terminal that was opened`);
      if (what === ">") {
        terminal.type(text);
        continue;
      }
      await until(
        () => `${name} to print '${text}'; it printed '${terminal.printed}'`,
        () => terminal.printed.includes("\n"),
        30_000,
      );
      const end = terminal.printed.indexOf("\n");
      const printed = terminal.printed.slice(0, end);
      if (printed !== text) throw new Error(`${name} printed '${printed}', not '${text}'`);
      terminal.printed = terminal.printed.slice(end + 1);
    }
  } finally {
    for (const { end } of terminals.values()) await end();
  }
  return Promise.all([...terminals.values()].map(({ end }) => end()));
}
