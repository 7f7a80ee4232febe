import { isBlank, isToken, isValue } from "./characters.ts";

/** BadResponse: what an upstream sent is not a response in HTTP/1.1. Nothing else on its connection can be trusted. */
export class BadResponse extends Error {
  readonly code = "ERR_BAD_RESPONSE";
}

/** ResponseHead is what the head of a response says (RFC 9112). */
export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Names and values alternate. */
  readonly headers: string[];
  /** Content-Length; -1: none. */
  readonly lengthBytes: number;
  readonly isChunked: boolean;
  /** The upstream leaves the connection open. */
  readonly isKept: boolean;
  /** How long it says it does, in seconds; -1: it does not say. */
  readonly keptSeconds: number;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
const LENGTH = /^\d{1,15}$/;
const LINE_END = "\r\n";

/** readFields reads header or trailer lines from `from` on, each of which begins behind an end of line; `end` is where the last one ends. */
export function readFields(text: string, from: number, end: number): string[] {
  const fields: string[] = [];
  let at = from;
  while (at < end) {
    const nameEnd = text.indexOf(":", at);
    const name = text.slice(at, Math.max(at, nameEnd));
    // Also refuses folded lines, and spaces in front of the colon (RFC 9112, 5).
    if (!isToken(name)) throw new BadResponse("the name of a header is not a token");
    const lineEnd = text.indexOf(LINE_END, nameEnd);
    let start = nameEnd + 1;
    while (isBlank(text.charCodeAt(start))) start++;
    let stop = lineEnd;
    while (stop > start && isBlank(text.charCodeAt(stop - 1))) stop--;
    const value = text.slice(start, stop);
    if (lineEnd < 0 || !isValue(value))
      throw new BadResponse("the value of a header has a character that is not allowed");
    fields.push(name, value);
    at = lineEnd + LINE_END.length;
  }
  return fields;
}

/** ReadHead is a head while it is read. */
interface ReadHead extends ResponseHead {
  lengthBytes: number;
  isChunked: boolean;
  isKept: boolean;
  keptSeconds: number;
  /** "close" was sent: it weighs more than "keep-alive" (RFC 9112, 9.3). */
  isClosed: boolean;
}

function readLength(head: ReadHead, value: string): void {
  // Also one that is repeated with the same number: whoever is in front of the upstream may have read the other one.
  if (head.lengthBytes >= 0) throw new BadResponse("Content-Length is repeated");
  if (!LENGTH.test(value)) throw new BadResponse("Content-Length is not a number");
  head.lengthBytes = Number(value);
}

function readCoding(head: ReadHead, value: string): void {
  if (head.isChunked || value.toLowerCase() !== "chunked")
    throw new BadResponse("the transfer coding is not chunked");
  head.isChunked = true;
}

function readConnection(head: ReadHead, value: string): void {
  if (value === "keep-alive") {
    head.isKept = true;
    return;
  }
  for (const option of value.toLowerCase().split(",")) {
    const name = option.trim();
    if (name === "close") head.isClosed = true;
    else if (name === "keep-alive") head.isKept = true;
  }
}

/** The lengths of the names that matter come first: nearly all headers are none of them. */
function readField(head: ReadHead, name: string, value: string): void {
  switch (name.length) {
    case 10: {
      const lower = name.toLowerCase();
      if (lower === "connection") readConnection(head, value);
      else if (lower === "keep-alive")
        head.keptSeconds = Number(/(?:^|[,;\s])timeout=(\d{1,6})/i.exec(value)?.[1] ?? -1);
      break;
    }
    case 14:
      if (name.toLowerCase() === "content-length") readLength(head, value);
      break;
    case 17:
      if (name.toLowerCase() === "transfer-encoding") readCoding(head, value);
      break;
  }
}

interface StatusLine {
  readonly text: string;
  readonly isOld: boolean;
  readonly status: number;
  readonly reason: string;
}

/** Nearly all responses have the status line of the one before. */
let lastLine: StatusLine = { text: "", isOld: false, status: 0, reason: "" };

function readStatusLine(text: string): StatusLine {
  if (text === lastLine.text && text !== "") return lastLine;
  const [, minor, status, reason = ""] = STATUS_LINE.exec(text) ?? [];
  if (status === undefined) throw new BadResponse("the status line is not one of HTTP/1.0 or HTTP/1.1");
  lastLine = { text, isOld: minor === "0", status: Number(status), reason };
  return lastLine;
}

/** readHead reads the lines of a head, each with its end, without the empty one that follows them; throws BadResponse. */
export function readHead(text: string): ResponseHead {
  const firstEnd = text.indexOf(LINE_END);
  const { isOld, status, reason } = readStatusLine(text.slice(0, firstEnd));
  const headers = readFields(text, firstEnd + 2, text.length);
  const head: ReadHead = {
    status,
    reason,
    headers,
    lengthBytes: -1,
    isChunked: false,
    isKept: !isOld,
    keptSeconds: -1,
    isClosed: false,
  };
  for (let i = 0; i < headers.length; i += 2) readField(head, headers[i] as string, headers[i + 1] as string);
  if (head.isClosed) head.isKept = false;
  // An attempt to smuggle, or a faulty framing (RFC 9112, 6.1 and 6.3).
  if (head.isChunked && isOld) throw new BadResponse("HTTP/1.0 has no transfer codings");
  if (head.isChunked && head.lengthBytes >= 0) throw new BadResponse("the length is given in two ways");
  return head;
}
