import type { Socket } from "node:net";
import { BadMessage, MessageBody, type ResponseHead, readResponseHead } from "@tollgate/http1";
import { BodyParts } from "@tollgate/pipeline";
import type { Carrier, Exchange } from "./exchange.ts";

/** As much as Node's parser of HTTP takes. */
const HEAD_MAX_BYTES = 16 * 1024;
const HEAD_END = Buffer.from("\r\n\r\n");
/** All connections are read into this: what is kept of it is copied. */
const READ = Buffer.allocUnsafeSlow(64 * 1024);

const reader = Symbol("reader");
interface ReadSocket extends Socket {
  [reader]?: Connection;
}

/** onread are the options of net.connect with which a socket gives what it reads to its Connection, without a buffer of its own. */
export const onread = {
  buffer: READ,
  callback(this: unknown, bytes: number): boolean {
    const socket = this as ReadSocket;
    const connection = socket[reader];
    if (connection) connection.received(READ, bytes);
    // Sent before it was asked for anything.
    else socket.destroy();
    return true;
  },
};

/** Owner is who uses connections. */
export interface Owner {
  /** The exchange is over, and the connection can be used for another. `hadWaited`: it was not read for a time. */
  released(connection: Connection, hadWaited: boolean): void;
  closed(connection: Connection): void;
}

/** Connection is one connection to an upstream, with at most one exchange at a time. Its socket was made with `onread`. */
export class Connection implements Carrier {
  readonly #socket: ReadSocket;
  readonly #owner: Owner;
  #exchange: Exchange | undefined = undefined;
  readonly #body = new MessageBody();
  /** The final head has been read. */
  #inBody = false;
  /** The beginning of a head, or what follows where the response waits for its client. */
  #held: Buffer | undefined = undefined;
  #isReading = false;
  #isKept = false;
  #hasWaited = false;
  #isClosed = false;
  /** The upstream has sent its last byte. */
  #isEnded = false;
  /** Since when it is not used, and from when on not any more: milliseconds of `performance.now()`. The owner sets the first. */
  idleSinceMs = 0;
  keptMs: number;

  constructor(socket: Socket, owner: Owner, keptMs: number) {
    this.#socket = socket;
    this.#owner = owner;
    this.keptMs = keptMs;
    this.#socket[reader] = this;
    socket.on("error", (error) => this.fail(error));
    socket.on("end", () => this.#ended());
    socket.on("close", () => this.#ended());
  }

  get isUsable(): boolean {
    return !this.#isClosed && this.#socket.writable;
  }

  /** send writes a request whole. */
  send(exchange: Exchange): void {
    this.#exchange = exchange;
    exchange.connection = this;
    this.#inBody = this.#hasWaited = false;
    this.#isKept = !exchange.head.isLast;
    const { head, body } = exchange;
    if (body === undefined || body.length === 0) {
      this.#socket.write(head.text, "latin1");
      return;
    }
    this.#socket.cork();
    this.#socket.write(head.text, "latin1");
    if (body instanceof BodyParts) this.#writeParts(body);
    else this.#socket.write(body);
    this.#socket.uncork();
  }

  #writeParts(body: BodyParts): void {
    const { parts } = body;
    const last = parts.length - 1;
    for (let i = 0; i < last; i++) this.#socket.write(parts[i] as Buffer);
    // Where it fails, who knows what still reads them.
    this.#socket.write(parts[last] as Buffer, (error) => error ?? body.sent());
  }

  pause(): void {
    this.#hasWaited = true;
    this.#socket.pause();
  }

  resume(): void {
    if (this.#isClosed) return;
    this.#socket.resume();
    // Where it asked to wait and changed its mind at once, reading goes on anyway.
    if (this.#isReading) return;
    const held = this.#held;
    this.#held = undefined;
    if (held) this.#read(held, 0, held.length);
    else this.#completeIfPossible();
    if (this.#isEnded) this.#ended();
  }

  /** received takes the first bytes of a buffer that is overwritten afterwards. */
  received(buffer: Buffer, bytes: number): void {
    if (this.#isClosed) return;
    if (!this.#held) this.#read(buffer, 0, bytes);
    else {
      const joined = Buffer.concat([this.#held, buffer.subarray(0, bytes)]);
      this.#held = undefined;
      this.#read(joined, 0, joined.length);
    }
  }

  #read(buffer: Buffer, from: number, to: number): void {
    this.#isReading = true;
    try {
      this.#readOn(buffer, from, to);
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      this.fail(error);
    } finally {
      this.#isReading = false;
    }
  }

  #readOn(buffer: Buffer, from: number, to: number): void {
    let at = from;
    while (at < to && !this.#isClosed) {
      const exchange = this.#exchange;
      // Nobody asked for it: it must not be taken for the response of the next request.
      if (!exchange) throw new BadMessage("bytes arrived that are not of a response");
      if (exchange.paused) {
        this.#held = Buffer.from(buffer.subarray(at, to));
        return;
      }
      if (this.#inBody && this.#body.isComplete) this.#complete(exchange);
      else if (this.#inBody) at = this.#body.take(buffer, at, to, this.#deliver);
      else {
        const end = this.#headEnd(buffer, at, to);
        if (end < 0) {
          this.#held = Buffer.from(buffer.subarray(at, to));
          return;
        }
        this.#begin(exchange, readResponseHead(buffer, at, end + 2));
        at = end + HEAD_END.length;
      }
    }
    this.#completeIfPossible();
  }

  /** Where the empty line of a head begins, less the end of the line before; -1: it has not arrived. */
  #headEnd(buffer: Buffer, from: number, to: number): number {
    const end = buffer.indexOf(HEAD_END, from);
    const isWhole = end >= 0 && end + HEAD_END.length <= to;
    if ((isWhole ? end : to) - from > HEAD_MAX_BYTES) throw new BadMessage("the head is too long");
    return isWhole ? end : -1;
  }

  #begin(exchange: Exchange, head: ResponseHead): void {
    const { status } = head;
    if (status === 101) {
      this.#exchange = undefined;
      this.#close();
      exchange.upgraded(status, head.headers, this.#socket);
      return;
    }
    // Any number of interim responses may come, and may be ignored (RFC 9110, 15.2).
    if (status < 200) return;
    this.#inBody = true;
    // No server may announce a body of 204 (RFC 9112, 6.1 and 6.2): one that does may send it, too, when the next response is expected.
    const isAnnounced = head.isChunked || head.lengthBytes > 0;
    this.#isKept &&= head.isKept && !(status === 204 && isAnnounced);
    if (head.keptSeconds >= 0) this.keptMs = exchange.keptMs(head.keptSeconds);
    if (exchange.isHead || status === 204 || status === 304) this.#body.begin(0);
    else if (head.isChunked) this.#body.beginChunks();
    else this.#body.begin(head.lengthBytes >= 0 ? head.lengthBytes : Number.POSITIVE_INFINITY);
    exchange.started(status, head.reason, head.headers);
  }

  readonly #deliver = (bytes: Buffer, from: number, to: number): boolean => {
    const exchange = this.#exchange as Exchange;
    const chunk = Buffer.allocUnsafe(to - from);
    bytes.copy(chunk, 0, from, to);
    exchange.delivered(chunk);
    return !exchange.paused && !this.#isClosed;
  };

  #completeIfPossible(): void {
    const exchange = this.#exchange;
    if (!exchange || exchange.paused || this.#isClosed) return;
    if (this.#inBody && this.#body.isComplete) this.#complete(exchange);
  }

  #complete(exchange: Exchange): void {
    this.#exchange = undefined;
    this.#inBody = false;
    // What is left of a request would be taken for the next one by an upstream that responded early.
    if (this.#isKept && !this.#isEnded && this.#socket.writableLength === 0 && this.keptMs > 0)
      this.#owner.released(this, this.#hasWaited);
    else this.#close();
    exchange.ended();
  }

  /** The upstream sends nothing more. */
  #ended(): void {
    if (this.#isClosed) return;
    this.#isEnded = true;
    const exchange = this.#exchange;
    // What has arrived is read first.
    if (exchange?.paused && (this.#held || (this.#inBody && this.#body.isComplete))) return;
    if (exchange && this.#inBody && this.#body.endsWithConnection && !this.#socket.errored)
      this.#complete(exchange);
    else this.fail(new Error("the upstream closed the connection"));
  }

  #close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#held = undefined;
    this.#socket.destroy();
    this.#owner.closed(this);
  }

  /** fail ends the connection, and the exchange that is on it. */
  fail(error: Error): void {
    const exchange = this.#exchange;
    this.#exchange = undefined;
    this.#close();
    exchange?.failed(error);
  }

  /** abandon ends the connection; nobody waits for the rest of its exchange. */
  abandon(): void {
    this.#exchange = undefined;
    this.#close();
  }
}
