import { BadMessage } from "./bad-message.ts";

const LENGTH = /^\d{1,15}$/;
const NOT_IMPLEMENTED = 501;

/** Framing is what the fields of a head say of the length of its message, and of the connection behind it. */
export interface Framing {
  /** Content-Length; -1: none. */
  readonly lengthBytes: number;
  readonly isChunked: boolean;
  /** The sender leaves the connection open. */
  readonly isKept: boolean;
}

/** ReadFraming is a framing while its head is read. */
export interface ReadFraming extends Framing {
  lengthBytes: number;
  isChunked: boolean;
  isKept: boolean;
  /** "close" was sent: it weighs more than "keep-alive" (RFC 9112, 9.3). */
  isClosed: boolean;
  /** "upgrade" was sent. */
  isUpgrade: boolean;
}

function readLength(framing: ReadFraming, value: string): void {
  // Also one that is repeated with the same number: whoever is on the way may have read the other one.
  if (framing.lengthBytes >= 0) throw new BadMessage("Content-Length is repeated");
  if (!LENGTH.test(value)) throw new BadMessage("Content-Length is not a number");
  framing.lengthBytes = Number(value);
}

function readCoding(framing: ReadFraming, value: string): void {
  if (framing.isChunked || value.toLowerCase() !== "chunked")
    throw new BadMessage("the transfer coding is not chunked", NOT_IMPLEMENTED);
  framing.isChunked = true;
}

function readConnection(framing: ReadFraming, value: string): void {
  if (value === "keep-alive") {
    framing.isKept = true;
    return;
  }
  for (const option of value.toLowerCase().split(",")) {
    const name = option.trim();
    if (name === "close") framing.isClosed = true;
    else if (name === "keep-alive") framing.isKept = true;
    else if (name === "upgrade") framing.isUpgrade = true;
  }
}

/** readFraming takes one field, whose name is in lower case; false: it is about something else. */
export function readFraming(framing: ReadFraming, lower: string, value: string): boolean {
  if (lower === "content-length") readLength(framing, value);
  else if (lower === "transfer-encoding") readCoding(framing, value);
  else if (lower === "connection") readConnection(framing, value);
  else return false;
  return true;
}

/** finishFraming refuses what is an attempt to smuggle, or a faulty framing (RFC 9112, 6.1 and 6.3). `isOld`: HTTP/1.0. */
export function finishFraming(framing: ReadFraming, isOld: boolean): void {
  if (framing.isClosed) framing.isKept = false;
  if (framing.isChunked && isOld) throw new BadMessage("HTTP/1.0 has no transfer codings");
  if (framing.isChunked && framing.lengthBytes >= 0) throw new BadMessage("the length is given in two ways");
}
