import type { HeldBytes } from "../listener/held-bytes.ts";
import type { WebSocketClient } from "./web-socket-client.ts";

/** So many messages of one client are begun in a turn of the event loop; small ones arrive by the thousand in one read of its socket. */
const BEGUN_IN_TURN_MAX = 16;
/** So many messages of one client are handled at a time. */
const IN_FLIGHT_MAX = 64;
/** What a message that waits takes besides its bytes (116 were measured): of those of one byte, 9,000 arrive in one read. */
const WAITING_BYTES = 128;

const heldBytesOf = (message: Buffer): number => message.length + WAITING_BYTES;

/**
 * MessageTurns gives each client its turn: what one sends faster than it is handled waits, and is not read any further, whereas the others'
 * messages are begun at once.
 */
export class MessageTurns {
  readonly #begin: (client: WebSocketClient, message: Buffer) => void;
  readonly #held: Pick<HeldBytes, "hold" | "release">;
  /** Clients with messages that wait for the next turn. */
  #waiting = new Set<WebSocketClient>();
  #turn = 0;
  #isScheduled = false;

  constructor(
    begin: (client: WebSocketClient, message: Buffer) => void,
    held: Pick<HeldBytes, "hold" | "release">,
  ) {
    this.#begin = begin;
    this.#held = held;
  }

  received(client: WebSocketClient, message: Buffer): void {
    if (!client.hasWaiting && this.#mayBegin(client)) this.#begin(client, message);
    // What is compressed can be much more than what was read: where there is no room for it, it is refused at once.
    else if (!this.#held.hold(heldBytesOf(message), client.connection.sourceIp)) this.#begin(client, message);
    else {
      client.wait(message, this.#freed);
      if (client.inFlight < IN_FLIGHT_MAX) this.#waiting.add(client);
    }
    if (client.inFlight >= IN_FLIGHT_MAX) client.pause();
    this.#schedule();
  }

  #mayBegin(client: WebSocketClient): boolean {
    return client.inFlight < IN_FLIGHT_MAX && client.begunIn(this.#turn) < BEGUN_IN_TURN_MAX;
  }

  #schedule(): void {
    if (!this.#isScheduled) setImmediate(this.#turnEnded);
    this.#isScheduled = true;
  }

  /** Called when a message of a client has been handled: others of it may wait for that. */
  readonly #freed = (client: WebSocketClient): void => {
    this.#waiting.add(client);
    this.#schedule();
  };

  readonly #turnEnded = (): void => {
    this.#turn++;
    this.#isScheduled = false;
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const client of waiting) this.#continue(client);
  };

  #continue(client: WebSocketClient): void {
    while (this.#mayBegin(client)) {
      const message = client.nextWaiting();
      if (!message) return;
      this.#held.release(heldBytesOf(message));
      this.#begin(client, message);
    }
    // One that has too many in flight goes on when one of them is over.
    if (client.hasWaiting && client.inFlight < IN_FLIGHT_MAX) this.#freed(client);
  }
}
