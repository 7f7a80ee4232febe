import { expect, it } from "vitest";
import { MessageBody } from "./message-body.ts";

const EXTENSIONS_MAX_BYTES = 16 * 1024;

/** What of a body in chunks is delivered. */
function delivered(text: string, extensionsMaxBytes?: number): string {
  const body = new MessageBody(extensionsMaxBytes);
  body.beginChunks();
  const bytes = Buffer.from(text, "latin1");
  let got = "";
  body.take(bytes, 0, bytes.length, (piece, from, to) => {
    got += piece.toString("latin1", from, to);
    return true;
  });
  return got;
}

const chunksWith = (extension: string, count: number): string =>
  `${`1;${extension}\r\nx\r\n`.repeat(count)}0\r\n\r\n`;

it("extensions of chunks are left out, as long as all of a body together are short", () => {
  expect(delivered(chunksWith("a=b", 1_000), EXTENSIONS_MAX_BYTES)).toBe("x".repeat(1_000));
});

it.each([
  ["of one chunk", chunksWith("a".repeat(16 * 1024), 1)],
  ["of many chunks together", chunksWith("a".repeat(1_023), 17)],
  ["of the last chunk", `${chunksWith("a".repeat(1_023), 16).slice(0, -5)}0;a\r\n\r\n`],
])("extensions %s that are longer than the limit are refused", (_, text) => {
  expect(() => delivered(text, EXTENSIONS_MAX_BYTES)).toThrow(expect.objectContaining({ status: 413 }));
});

it("extensions of many chunks have no limit together where none is given, as a response may go on for hours", () => {
  expect(delivered(chunksWith("a".repeat(80), 1_000))).toBe("x".repeat(1_000));
});

it("extensions are counted for each body apart", () => {
  const body = new MessageBody(EXTENSIONS_MAX_BYTES);
  const bytes = Buffer.from(chunksWith("a".repeat(1_023), 16), "latin1");
  for (let i = 0; i < 3; i++) {
    body.beginChunks();
    body.take(bytes, 0, bytes.length, () => true);
    expect(body.isComplete).toBe(true);
  }
});
