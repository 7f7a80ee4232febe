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
 * is refused, ends before, or keeps silent for longer than `timeoutMs`, is closed.
 */
export function readFirstBytes<T>(
  socket: Socket,
  parse: (bytes: Buffer) => Parsed<T>,
  timeoutMs: number,
  done: (value: T) => void,
): void {
  let bytes: Buffer = Buffer.alloc(0);
  let needsBytes = 1;
  const close = () => socket.destroy();
  const late = setTimeout(close, timeoutMs);
  const stop = () => {
    clearTimeout(late);
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
