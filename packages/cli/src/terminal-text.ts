import type { WriteStream } from "node:tty";

/**
 * What a terminal acts on instead of showing it: C0 and C1 control characters (ECMA-48), and the characters that reorder text (Unicode, "Bidirectional
 * Algorithm"). Tabs and line feeds are what they say.
 */
const ACTING = /(?![\t\n])[\p{Cc}\p{Bidi_Control}]/gu;
const BREAKS = /[\t\n]/g;

const NAMES: Readonly<Record<string, string>> = { "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function escaped(character: string): string {
  const code = character.charCodeAt(0).toString(16);
  return (
    NAMES[character] ?? (code.length > 2 ? `\\u${code.padStart(4, "0")}` : `\\x${code.padStart(2, "0")}`)
  );
}

type Stream = Pick<WriteStream, "isTTY">;

/**
 * terminalText is a text as it may be written to a stream. Others sent parts of what commands print: on a terminal, a message must not move the
 * cursor, hide text or answer for the keyboard. Programs that read a pipe get what was sent.
 */
export const terminalText = (text: string, { isTTY }: Stream): string =>
  isTTY ? text.replace(ACTING, escaped) : text;

/** terminalCell is terminalText for a place within a line. */
export const terminalCell = (text: string, stream: Stream): string =>
  stream.isTTY ? terminalText(text, stream).replace(BREAKS, escaped) : text;
