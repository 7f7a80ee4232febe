import { type ClientHttp2Stream, constants } from "node:http2";
import type { Socket } from "node:net";
import type { Connection } from "../listener/connection.ts";
import { type OriginHeaders, type OriginLink, reasonOf } from "./origin-link.ts";
import type { Origins } from "./origins.ts";
import { refuseViewer } from "./refuse-viewer.ts";
import { type Viewer, writeViewer } from "./viewer.ts";

/** RelayCounts are what an edge node counts of its viewers. */
export interface RelayCounts {
  /** Viewers that were sent to an origin. */
  relayed: number;
  /** Those that no origin took, or whose origin was lost before it responded. */
  refused: number;
  /** Those that lost their origin later. */
  lost: number;
  receivedBytes: number;
  sentBytes: number;
}

export interface RelayOptions {
  /** Above TLS. */
  readonly socket: Socket;
  readonly connection: Connection;
  readonly viewer: Viewer;
  readonly origins: Pick<Origins, "open">;
  readonly counts: RelayCounts;
  /** Those that have said nothing yet: no origin knows of them. It adds its own, and removes it. */
  readonly silent: Set<Socket>;
  /** How long a viewer may say nothing at first. */
  readonly idleTimeoutMs: number;
  /** Hears why an origin took no viewer. */
  readonly report: (reason: string) => void;
}

/** An origin that refuses one says so before anything of it is executed: others are asked, but not for ever. */
const ATTEMPTS_MAX = 4;

/**
 * Relay is a viewer's connection and the stream by which an origin has it. It begins with the first bytes of the viewer, which are kept until the origin has
 * taken the viewer: an origin that refuses it has executed nothing, and another one is asked. What has been sent to an origin that has taken it is never
 * sent again.
 */
export class Relay {
  readonly #options: RelayOptions;
  readonly #header: string;
  readonly #socket: Socket;
  #first: Buffer = Buffer.alloc(0);
  /** Connections to origins that it was sent to. */
  readonly #asked = new Set<OriginLink>();
  #hasResponded = false;

  constructor(options: RelayOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#header = writeViewer(options.viewer);
  }

  /** begin waits for the first bytes of the viewer. */
  begin(): void {
    const { socket, silent, idleTimeoutMs } = this.#options;
    silent.add(socket);
    socket.on("error", () => socket.destroy());
    const late = setTimeout(() => socket.destroy(), idleTimeoutMs);
    const begun = () => {
      clearTimeout(late);
      silent.delete(socket);
    };
    socket.once("close", begun);
    const end = () => socket.destroy();
    socket.once("end", end);
    socket.once("data", (chunk: Buffer) => {
      begun();
      socket.off("end", end);
      socket.pause();
      this.#first = chunk;
      this.#open();
    });
    // A server may hand it over paused.
    socket.resume();
  }

  #open(): void {
    const { origins, report } = this.#options;
    const stream = this.#asked.size < ATTEMPTS_MAX ? origins.open(this.#header, this.#asked) : undefined;
    if (!stream) return this.#refuse();
    let isRefused = false;
    const gone = () => stream.close(constants.NGHTTP2_CANCEL);
    this.#socket.once("close", gone);
    stream.on("error", () => undefined); // "close" follows
    stream.once("response", (headers: OriginHeaders) => {
      if (headers[":status"] === 200) return this.#join(stream);
      isRefused = true;
      report(reasonOf(headers));
      stream.close(constants.NGHTTP2_CANCEL);
    });
    stream.once("close", () => {
      this.#socket.off("close", gone);
      if (this.#hasResponded || this.#socket.destroyed) return;
      // Not processed (RFC 9113, 8.7); any other end may have come after a request was executed.
      if (isRefused || stream.rstCode === constants.NGHTTP2_REFUSED_STREAM) this.#open();
      else this.#refuse();
    });
    stream.write(this.#first);
  }

  #refuse(): void {
    const { connection, viewer, counts } = this.#options;
    counts.refused++;
    refuseViewer({ socket: this.#socket, connection, protocol: viewer.protocol, received: this.#first });
  }

  /** From now on, what one side sends is the other's. */
  #join(stream: ClientHttp2Stream): void {
    const { counts } = this.#options;
    const socket = this.#socket;
    this.#hasResponded = true;
    counts.relayed++;
    counts.receivedBytes += this.#first.length;
    this.#first = Buffer.alloc(0);
    let sentBytes = 0;
    let isOver = false;
    socket.on("data", (chunk: Buffer) => {
      counts.receivedBytes += chunk.length;
      if (!stream.write(chunk)) socket.pause();
    });
    stream.on("drain", () => socket.resume());
    socket.on("end", () => stream.end());
    stream.on("data", (chunk: Buffer) => {
      counts.sentBytes += chunk.length;
      sentBytes += chunk.length;
      if (!socket.write(chunk)) stream.pause();
    });
    socket.on("drain", () => stream.resume());
    stream.on("end", () => {
      // A stream that is lost with its connection ends as well.
      if (sentBytes === 0 || (stream.rstCode ?? constants.NGHTTP2_NO_ERROR) !== constants.NGHTTP2_NO_ERROR)
        return;
      isOver = true;
      socket.end();
    });
    stream.once("close", () => {
      if (isOver) return socket.destroySoon();
      counts.lost++;
      // Its first request may have been executed: the viewer decides whether to repeat it.
      if (sentBytes === 0 && this.#options.viewer.protocol === "http/1.1" && !socket.destroyed)
        this.#refuse();
      else socket.destroy();
    });
    socket.resume();
  }
}
