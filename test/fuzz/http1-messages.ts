import fc from "fast-check";

const token = fc.stringMatching(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,12}$/);
const value = fc.stringMatching(
  /^[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]{0,20}[\x21-\x7e\x80-\xff])?$/,
);
const isOwn = (name: string) =>
  /^(content-length|transfer-encoding|connection|keep-alive|upgrade|trailer|proxy-connection|host|expect)$/i.test(
    name,
  );
/** Header lines that say nothing of the length of a message or of its connection. */
export const fields = fc
  .array(fc.tuple(token, fc.oneof(value, fc.constant(""))), { maxLength: 4 })
  .map((all) =>
    all
      .filter(([name]) => !isOwn(name))
      .map(([name, text]) => `${name}: ${text}\r\n`)
      .join(""),
  );
/** Any bytes. */
export const bodyText = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 60,
});
/** Chunks, without the last one. */
export const chunks = fc
  .array(fc.tuple(bodyText, fc.constantFrom("", ";a", ';a="b c"')), { maxLength: 4 })
  .map((all) =>
    all
      .filter(([text]) => text !== "")
      .map(([text, extension]) => `${text.length.toString(16)}${extension}\r\n${text}\r\n`)
      .join(""),
  );
const piece = fc.constantFrom(
  "\r\n",
  "\n",
  "\r",
  "\0",
  " ",
  "\t",
  ":",
  ";",
  ",",
  "0",
  "1",
  "f",
  "-",
  "+",
  "0x",
  "\x7f",
  "\xff",
  " folded\r\n",
  "Content-Length: 3\r\n",
  "Content-Length: 4\r\n",
  "Connection: close\r\n",
  "HTTP/1.0 ",
  "Transfer-Encoding: chunked\r\n",
  "Transfer-Encoding: gzip\r\n",
  "HTTP/1.1 200 OK\r\n\r\n",
  "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n",
);
/** What differs from a message in a few places. */
export const wrongOf = (right: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(
      right,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 2 }), piece), { minLength: 1, maxLength: 3 }),
    )
    .map(([text, edits]) =>
      edits.reduce((edited, [place, removed, added]) => {
        const at = place % (edited.length + 1);
        return edited.slice(0, at) + added + edited.slice(at + removed);
      }, text),
    );
