import { Socket, type SocketConstructorOpts } from "node:net";
import type { ClientSocket } from "../client-socket.ts";

/** Connections are read into this, but for large bodies: what is kept of it is copied. */
const READ = Buffer.allocUnsafeSlow(64 * 1024);

/** ByteReader takes what arrives on a connection. */
export interface ByteReader {
  /** Takes the first bytes of a buffer that is overwritten afterwards; false: no more of it for now. */
  received(buffer: Buffer, bytes: number): boolean;
  /** Where what comes next is read to, as it is asked for after each read; undefined: it does not matter. */
  room(): Buffer | undefined;
}

interface Handle {
  useUserBuffer?: unknown;
}

const reader = Symbol("reader");
interface ReadSocket extends ClientSocket {
  [reader]?: ByteReader | undefined;
  /** Of Node: what is below it, and the server that counts it. Neither is documented. */
  _handle: Handle | null;
  _server: unknown;
}

/** What a connection is read into from now on, for the one that Node asks about next; undefined: what it was. */
let next: Buffer | undefined = READ;

const onread = {
  /** Node asks for it when a connection begins, and after each callback. */
  buffer(): Buffer | undefined {
    const given = next;
    next = READ;
    return given;
  },
  callback(this: unknown, bytes: number, buffer: Buffer): boolean {
    const socket = this as ReadSocket;
    const taker = socket[reader];
    // Nobody takes it as it comes: it is read as from any other stream.
    const goesOn = taker
      ? taker.received(buffer, bytes)
      : socket.push(Buffer.from(buffer.subarray(0, bytes)));
    const wanted = taker?.room() ?? READ;
    next = wanted === buffer ? undefined : wanted;
    return goesOn;
  },
};

/** Whether a socket was made with `onread`. */
const inPlace = new WeakSet<Socket>();

/**
 * InPlace makes of a connection that a server accepted, with `pauseOnConnect`, one that can be read without a buffer for each read. Node has that for
 * connections that it opens (`onread`), and takes it for others by an option of sockets that is not documented (`handle`). Where a Node does not do that,
 * connections are read as streams, which costs more, and `missing` hears of it once, with the reason.
 */
export class InPlace {
  readonly #missing: (why: string) => void;
  readonly #newSocket: (options: SocketConstructorOpts) => Socket;
  /** Seen with the first connection; undefined: there was none. */
  #works: boolean | undefined = undefined;

  constructor(
    missing: (why: string) => void,
    newSocket = (options: SocketConstructorOpts): Socket => new Socket(options),
  ) {
    this.#missing = missing;
    this.#newSocket = newSocket;
  }

  take(accepted: Socket): ClientSocket {
    const from = accepted as ReadSocket;
    const handle = from._handle;
    if (this.#works === false || !handle) return from;
    if (this.#works) return this.#move(from, handle);
    if (typeof handle.useUserBuffer !== "function") return this.#fails(from, "handles take no buffer");
    return this.#try(from, handle, handle.useUserBuffer as (buffer: Buffer) => void);
  }

  /** The first connection shows whether the buffer is used. */
  #try(from: ReadSocket, handle: Handle, useUserBuffer: (buffer: Buffer) => void): ClientSocket {
    let isUsed = false;
    const seen = (buffer: Buffer) => {
      isUsed = true;
      useUserBuffer.call(handle, buffer);
    };
    handle.useUserBuffer = seen;
    try {
      const socket = this.#move(from, handle);
      this.#works = isUsed;
      if (isUsed) return socket;
      inPlace.delete(socket);
      return this.#fails(socket, "sockets do not use the buffer that they are given");
    } catch (error) {
      from._handle = handle;
      return this.#fails(from, String(error));
    } finally {
      delete handle.useUserBuffer;
    }
  }

  #move(from: ReadSocket, handle: Handle): ReadSocket {
    from._handle = null;
    const options = { handle, allowHalfOpen: true, onread } as unknown as SocketConstructorOpts;
    const socket = this.#newSocket(options) as ReadSocket;
    // The server knows by that when its last connection is gone.
    socket._server = from._server;
    inPlace.add(socket);
    return socket;
  }

  #fails(socket: ReadSocket, why: string): ClientSocket {
    this.#works = false;
    this.#missing(why);
    return socket;
  }
}

/** Until somebody reads it again, nothing of a stream is passed on or lost. */
const stopFlowing = (socket: Socket): void =>
  void ((socket as { readableFlowing: boolean | null }).readableFlowing = null);

/** Taken is a connection whose bytes go to a reader. */
export interface Taken {
  /** The reader takes what has arrived, and what will. */
  begin(): void;
  /** The reader takes more. */
  goOn(): void;
  /** What still comes is read as a stream. */
  leave(): void;
}

/** takeBytes gives the bytes of a connection to a reader. */
export function takeBytes(given: Socket, taker: ByteReader): Taken {
  const socket = given as ReadSocket;
  if (!inPlace.has(socket)) return takeStream(socket, taker);
  return {
    begin() {
      socket[reader] = taker;
      const early = socket.read() as Buffer | null;
      // What the reader does with it may have ended that: others read on.
      if (early && !taker.received(early, early.length) && socket[reader] === taker) socket.pause();
    },
    // Nothing flows by `resume` alone: all that comes goes to the reader.
    goOn: () => void (socket.isPaused() ? socket.resume() : socket.read(0)),
    leave: () => {
      socket[reader] = undefined;
      stopFlowing(socket);
    },
  };
}

function takeStream(socket: Socket, taker: ByteReader): Taken {
  const take = (chunk: Buffer) => void (taker.received(chunk, chunk.length) || socket.pause());
  return {
    // A connection that was accepted paused does not flow by that alone.
    begin: () => void socket.on("data", take).resume(),
    goOn: () => socket.resume(),
    leave: () => {
      socket.off("data", take);
      stopFlowing(socket);
    },
  };
}
