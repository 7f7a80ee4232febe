import { BadMessage } from "./bad-message.ts";
import { LINE_END, readFields } from "./fields.ts";
import { type Framing, finishFraming, type ReadFraming, readFraming } from "./framing.ts";
import { KNOWN_METHODS } from "./methods.ts";

/** RequestHead is what the head of a request says (RFC 9112). */
export interface RequestHead extends Framing {
  readonly method: string;
  /** As it was sent: any visible characters of ASCII. */
  readonly target: string;
  readonly version: "1.0" | "1.1";
  /** Names and values alternate. */
  readonly headers: string[];
  /** The client offers to go on in another protocol; HTTP/1.0 has no such offers (RFC 9110, 7.8). */
  readonly offersUpgrade: boolean;
  /** Value of Expect; undefined: there is none, or the version has none. */
  readonly expectation: string | undefined;
}

// As Node's parser, any number of spaces is taken for one (RFC 9112, 3); nothing else that is blank separates.
const REQUEST_LINE = /^([A-Z-]+) +([\x21-\x7e]+) +HTTP\/(\d\.\d)$/;
const LINE_START = /^[A-Z-]*(?: [\x20-\x7e]*)?\r?$/;
const FIELD_START = /^(?:[!#$%&'*+\-.^_`|~0-9A-Za-z]+(?::[\t\x20-\x7e\x80-\xff]*)?)?\r?$/;
/** A tab behind the coding belongs to it for some readers, and for others not. */
const CHUNKED_LINE = /\r\ntransfer-encoding:[ \t]*chunked *\r\n/i;
const NOT_IMPLEMENTED = 501;
const VERSION_NOT_SUPPORTED = 505;
const TOO_LARGE = 431;
/** More are refused, instead of some of them being dropped. */
const HEADERS_MAX = 1_000;
/** One bit for each length that the name of a field has which matters: nearly all others have other lengths. */
const LENGTHS = (1 << 6) | (1 << 7) | (1 << 10) | (1 << 14) | (1 << 17);
/** Whoever keeps a value of a head keeps all of the head in memory: above this, values are copied. */
const KEPT_HEAD_MAX_BYTES = 2 * 1024;

const lineProblem = () => new BadMessage("the request line is not one of HTTP/1.0 or HTTP/1.1");

function readRequestLine(line: string): { method: string; target: string; version: RequestHead["version"] } {
  const [, method = "", target = "", version = ""] = REQUEST_LINE.exec(line) ?? [];
  if (!KNOWN_METHODS.has(method)) throw lineProblem();
  if (version !== "1.1" && version !== "1.0")
    throw new BadMessage("the version of HTTP is not 1.0 or 1.1", VERSION_NOT_SUPPORTED);
  return { method, target, version };
}

const copyOf = (text: string): string => Buffer.from(text, "latin1").toString("latin1");

function copyValues(head: ReadHead): void {
  const { headers } = head;
  head.target = copyOf(head.target);
  for (let i = 1; i < headers.length; i += 2) headers[i] = copyOf(headers[i] as string);
}

/** ReadHead is a head while it is read. */
interface ReadHead extends ReadFraming, RequestHead {
  target: string;
  lengthBytes: number;
  isChunked: boolean;
  isKept: boolean;
  offersUpgrade: boolean;
  expectation: string | undefined;
}

/** readRequestHead reads the lines of a head, each with its end, without the empty one that follows them; throws BadMessage. */
export function readRequestHead(bytes: Buffer, from: number, to: number): RequestHead {
  const text = bytes.toString("latin1", from, to);
  const firstEnd = text.indexOf(LINE_END);
  const { method, target, version } = readRequestLine(text.slice(0, firstEnd));
  const headers = readFields(bytes, from, text, firstEnd + LINE_END.length, text.length);
  if (headers.length > 2 * HEADERS_MAX) throw new BadMessage("there are too many headers", TOO_LARGE);
  const isOld = version === "1.0";
  const head: ReadHead = {
    method,
    target,
    version,
    headers,
    lengthBytes: -1,
    isChunked: false,
    isKept: !isOld,
    offersUpgrade: false,
    expectation: undefined,
    isClosed: false,
    isUpgrade: false,
  };
  for (let i = 0; i < headers.length; i += 2) {
    const { length } = headers[i] as string;
    if (length > 17 || ((LENGTHS >> length) & 1) === 0) continue;
    const lower = (headers[i] as string).toLowerCase();
    const value = headers[i + 1] as string;
    if (readFraming(head, lower, value)) continue;
    if (isOld) continue;
    if (lower === "upgrade") head.offersUpgrade = true;
    else if (lower === "expect")
      head.expectation = head.expectation === undefined ? value : `${head.expectation}, ${value}`;
  }
  finishFraming(head, isOld);
  head.offersUpgrade &&= head.isUpgrade;
  if (head.isChunked && !CHUNKED_LINE.test(text))
    throw new BadMessage("the transfer coding has a tab behind it", NOT_IMPLEMENTED);
  if (text.length > KEPT_HEAD_MAX_BYTES) copyValues(head);
  return head;
}

/**
 * checkHeadStart looks at what has arrived of a head, so that a client that speaks something else does not have to be waited for; throws BadMessage.
 * `checked` is where the line begins at which it stopped before, counted from `from`; it returns where it stopped.
 */
export function checkHeadStart(bytes: Buffer, from: number, to: number, checked: number): number {
  const text = bytes.toString("latin1", from, to);
  let at = checked;
  const end = text.lastIndexOf(LINE_END) + LINE_END.length;
  if (at === 0 && end >= LINE_END.length) {
    const firstEnd = text.indexOf(LINE_END);
    readRequestLine(text.slice(0, firstEnd));
    at = firstEnd + LINE_END.length;
  }
  if (at > 0 && end > at) {
    readFields(bytes, from, text, at, end);
    at = end;
  }
  if (at === 0 && !LINE_START.test(text)) throw lineProblem();
  if (at > 0 && !FIELD_START.test(text.slice(at)))
    throw new BadMessage("a header has a character that is not allowed");
  return at;
}
