import { BadMessage } from "./bad-message.ts";
import { LINE_END, readFields } from "./fields.ts";
import { type Framing, finishFraming, type ReadFraming, readFraming } from "./framing.ts";

/** ResponseHead is what the head of a response says (RFC 9112). */
export interface ResponseHead extends Framing {
  readonly status: number;
  readonly reason: string;
  /** Names and values alternate. */
  readonly headers: string[];
  /** How long the server says that it leaves the connection open, in seconds; -1: it does not say. */
  readonly keptSeconds: number;
}

/** ReadHead is a head while it is read. */
interface ReadHead extends ReadFraming, ResponseHead {
  lengthBytes: number;
  isChunked: boolean;
  isKept: boolean;
  keptSeconds: number;
}

const STATUS_LINE = /^HTTP\/1\.([01]) ([1-9]\d\d)(?: ([\t\x20-\x7e\x80-\xff]*))?$/;
/** One bit for each length that the name of a field has which matters: nearly all others have other lengths. */
const LENGTHS = (1 << 10) | (1 << 14) | (1 << 17);

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
  if (status === undefined) throw new BadMessage("the status line is not one of HTTP/1.0 or HTTP/1.1");
  lastLine = { text, isOld: minor === "0", status: Number(status), reason };
  return lastLine;
}

/** readResponseHead reads the lines of a head, each with its end, without the empty one that follows them; throws BadMessage. */
export function readResponseHead(bytes: Buffer, from: number, to: number): ResponseHead {
  const text = bytes.toString("latin1", from, to);
  const firstEnd = text.indexOf(LINE_END);
  const { isOld, status, reason } = readStatusLine(text.slice(0, firstEnd));
  const headers = readFields(bytes, from, text, firstEnd + LINE_END.length, text.length);
  const head: ReadHead = {
    status,
    reason,
    headers,
    lengthBytes: -1,
    isChunked: false,
    isKept: !isOld,
    keptSeconds: -1,
    isClosed: false,
    isUpgrade: false,
  };
  for (let i = 0; i < headers.length; i += 2) {
    const { length } = headers[i] as string;
    if (length > 17 || ((LENGTHS >> length) & 1) === 0) continue;
    const lower = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    if (!readFraming(head, lower, value) && lower === "keep-alive")
      head.keptSeconds = Number(/(?:^|[,;\s])timeout=(\d{1,6})/i.exec(value)?.[1] ?? -1);
  }
  finishFraming(head, isOld);
  return head;
}
