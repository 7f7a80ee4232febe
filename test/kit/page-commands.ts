/** PageCommand is a command of a page of the documentation. */
export interface PageCommand {
  readonly command: string;
  /** What the page says it prints; "…" is anything. */
  readonly output: string;
}

/** commandsOf reads a block of commands: each line behind "$ ", and its output. */
export const commandsOf = (block: string): PageCommand[] =>
  block
    .split(/^\$ /m)
    .slice(1)
    .map((text) => {
      const [command = "", ...output] = text.split("\n");
      return { command, output: output.join("\n").trimEnd() };
    });

/** outputPattern is what a command must print for an output of a page. */
export const outputPattern = (output: string) =>
  new RegExp(
    `^${output
      .split("…")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&").replace(/ +/g, " +"))
      .join("[^\\n]*")}$`,
  );
