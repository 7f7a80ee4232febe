import type { Readable } from "node:stream";

/**
 * ResponseSource is what makes a call's response, as its client's side knows it. An object with methods, not functions that are assigned: V8 puts
 * a function literal that is assigned to a property into the old generation at once (`CheckAssigningFunctionLiteralToProperty` in its parser), where it
 * keeps its call, which is over long since, until the next major collection.
 */
export interface ResponseSource {
  /** The client has read: there is room for more. */
  drained(): void;
  /** The client left before the response was complete. */
  clientGone(): void;
}

/** BodySink takes a body as it arrives. */
export interface BodySink {
  /** Takes a piece, whose bytes are overwritten afterwards unless it was read to `room`. False: it takes no more. */
  take(bytes: Buffer, from: number, to: number): boolean;
  /** Where at most so many of the next bytes may be read to, which are then given to `take`; undefined: nowhere. */
  room(mostBytes: number): Buffer | undefined;
}

/** RequestStream is the stream of a request's body. */
export interface RequestStream extends Readable {
  /** Gives all of it to a sink, with nothing made for a piece, and then ends as a stream does. A sink that takes no more leaves it paused. Absent: it can only be read. */
  giveTo?(sink: BodySink): void;
}

/** Exchange is the client's side of a call, given by the listener. Its response may be held back until the call is on record. */
export interface Exchange {
  /** The whole response at once. Header names and values alternate; the array becomes the exchange's. */
  reply(status: number, headers: string[], body: Buffer | string | undefined): void;
  /** Begins a response whose body follows. `lengthBytes` is the body's size where the upstream said so. */
  start(status: number, statusText: string, headers: string[], lengthBytes: number | undefined): void;
  /** A piece of the body, which becomes the exchange's; false asks to wait until the source hears `drained`. */
  write(chunk: Buffer): boolean;
  /** The response is complete. */
  end(): void;
  /** Takes back a response of which nothing has left yet, so that another can be given. False: it is too late. */
  retract(): boolean;
  /** Cuts the connection: the response has begun and cannot be completed. */
  destroy(): void;
  /** undefined: nobody has to hear of the client. */
  source: ResponseSource | undefined;
  /** Keeps so many more bytes of the call in memory until its response was sent. False: there is no room for them. */
  hold(bytes: number): boolean;
  /** The request's body, to be read at most once. */
  readonly body: RequestStream;
}
