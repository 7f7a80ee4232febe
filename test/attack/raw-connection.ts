import { connect } from "node:net";

/** Conversation is what came back on a connection of raw bytes. */
export interface Conversation {
  /** Status codes of the responses, interim ones included. */
  readonly statuses: readonly number[];
  /** All bytes, as latin1. */
  readonly received: string;
  /** The other side ended the connection. */
  readonly isClosed: boolean;
}

export interface RawOptions {
  /** Ends the conversation where the connection stays open: so many final responses came, or nothing for so long. */
  readonly responses?: number;
  readonly silenceMs?: number;
}

const FINAL_MS = 10_000;

/** converse sends bytes (latin1) as they are, and reads until the other side closes, or there is nothing left to wait for. */
export function converse(
  port: number,
  bytes: string | readonly string[],
  { responses = Number.POSITIVE_INFINITY, silenceMs = 500 }: RawOptions = {},
): Promise<Conversation> {
  const socket = connect({ port, host: "127.0.0.1", noDelay: true });
  const pieces = typeof bytes === "string" ? [bytes] : bytes;
  let received = "";
  let isClosed = false;
  return new Promise((resolve) => {
    let silence: NodeJS.Timeout | undefined;
    const end = () => {
      clearTimeout(silence);
      clearTimeout(late);
      resolve({ statuses: statusesOf(received), received, isClosed });
      socket.destroy();
    };
    const late = setTimeout(end, FINAL_MS);
    const listen = () => {
      clearTimeout(silence);
      silence = setTimeout(end, silenceMs);
    };
    socket.on("connect", () => {
      for (const piece of pieces) socket.write(piece, "latin1");
      listen();
    });
    socket.on("data", (chunk: Buffer) => {
      received += chunk.toString("latin1");
      if (statusesOf(received).filter((status) => status >= 200).length >= responses) end();
      else listen();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      isClosed = true;
      end();
    });
  });
}

/** Bodies of the recording upstream and of the gateway contain no status lines. */
const statusesOf = (received: string): number[] =>
  [...received.matchAll(/HTTP\/1\.[01] (\d{3})/g)].map(([, status]) => Number(status));
