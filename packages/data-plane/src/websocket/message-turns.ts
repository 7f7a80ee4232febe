import type { HeldBytes } from "../listener/held-bytes.ts";
import { CALL_BYTES, type StreamTurns } from "../listener/stream-turns.ts";
import type { WebSocketClient } from "./web-socket-client.ts";

/** So many messages of one client are handled at a time. */
const IN_FLIGHT_MAX = 64;
/** What a message that waits takes besides its bytes (116 were measured): of those of one byte, 9,000 arrive in one read. */
const WAITING_BYTES = 128;

const heldBytesOf = (message: Buffer): number => message.length + WAITING_BYTES;

/**
 * MessageTurns gives each client its turn: what one sends faster than it is handled waits, and is not read any further, whereas the others'
 * messages are begun at once. Those that wait take turns with each other and with the large bodies of HTTP.
 */
export class MessageTurns {
  readonly #begin: (client: WebSocketClient, message: Buffer) => void;
  readonly #held: Pick<HeldBytes, "hold" | "release">;
  readonly #streams: Pick<StreamTurns, "passes" | "wait">;

  constructor(
    begin: (client: WebSocketClient, message: Buffer) => void,
    held: Pick<HeldBytes, "hold" | "release">,
    streams: Pick<StreamTurns, "passes" | "wait">,
  ) {
    this.#begin = begin;
    this.#held = held;
    this.#streams = streams;
  }

  received(client: WebSocketClient, message: Buffer): void {
    if (!client.hasWaiting && this.#mayBegin(client)) this.#start(client, message);
    // What is compressed can be much more than what was read: where there is no room for it, it is refused at once.
    else if (!this.#held.hold(heldBytesOf(message), client.connection.sourceIp)) this.#start(client, message);
    else client.wait(message, this);
    if (client.inFlight >= IN_FLIGHT_MAX) client.pause();
  }

  #mayBegin(client: WebSocketClient): boolean {
    return client.inFlight < IN_FLIGHT_MAX && !client.waitsForTurn;
  }

  #start(client: WebSocketClient, message: Buffer): void {
    this.#begin(client, message);
    if (!this.#streams.passes(message.length + CALL_BYTES)) this.wait(client);
  }

  /** wait lets the messages of a client wait for its turn. */
  wait(client: WebSocketClient): void {
    client.waitsForTurn = true;
    this.#streams.wait(client);
  }

  /** sendsMore lets what a client has sent besides wait unread. */
  sendsMore(client: WebSocketClient): void {
    client.pause();
    this.wait(client);
  }

  /** goOn begins messages of a client whose turn has come. One that has too many in flight goes on when one of them is over. */
  goOn(client: WebSocketClient): void {
    while (this.#mayBegin(client)) {
      const message = client.nextWaiting();
      if (!message) return;
      this.#held.release(heldBytesOf(message));
      this.#start(client, message);
    }
  }
}
