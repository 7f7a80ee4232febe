import type { Socket } from "node:net";

/** Parsed is what a parser makes of the first bytes of a connection. */
export type Parsed<T> =
  /** It cannot say before there are so many. */
  | { readonly needsBytes: number }
  /** They say something, and so many of them are not for whoever reads on. */
  | { readonly value: T; readonly takenBytes: number }
  /** They are not what the connection must begin with. */
  | "refused";

/**
 * readFirstBytes reads a connection as far as a parser asks for, and hands it on as if nothing but what was taken had been read. A connection that
 * is refused or ends before is closed; how long it may take is for the caller to limit.
 */
export function readFirstBytes<T>(
  socket: Socket,
  parse: (bytes: Buffer) => Parsed<T>,
  done: (value: T) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  let needsBytes = 1;
  const close = () => socket.destroy();
  const stop = () => {
    socket.off("readable", read).off("end", close).off("error", close).off("close", stop);
  };
  function read() {
    for (let chunk = socket.read() as Buffer | null; chunk !== null; chunk = socket.read() as Buffer | null)
      bytes = bytes.length === 0 ? chunk : Buffer.concat([bytes, chunk]);
    if (bytes.length < needsBytes) return;
    const parsed = parse(bytes);
    if (parsed === "refused") {
      socket.destroy();
      return;
    }
    if ("needsBytes" in parsed) {
      ({ needsBytes } = parsed);
      return;
    }
    stop();
    if (bytes.length > parsed.takenBytes) socket.unshift(bytes.subarray(parsed.takenBytes));
    done(parsed.value);
  }
  socket.on("readable", read).on("end", close).on("error", close).on("close", stop);
}
