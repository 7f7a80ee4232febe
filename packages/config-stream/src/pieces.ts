import type { ArtifactSet } from "./artifact.ts";

/** Payload of one message: far below any default limit of gRPC, whatever the size of an artifact. */
const MESSAGE_PAYLOAD_BYTES = 256 * 1024;
/** Artifacts named in one message. */
const MESSAGE_NAMES = 500;

interface Piece {
  parts: { name: string; digest: Buffer; sizeBytes: number; offsetBytes: number; content: Buffer }[];
  removals: string[];
}

/** cut splits an update into pieces of limited size. All are made at once, because they must show the same state. */
export function cut(names: readonly string[], artifacts: ArtifactSet): Piece[] {
  const pieces: Piece[] = [];
  let piece: Piece = { parts: [], removals: [] };
  let sizeBytes = 0;
  const flush = () => {
    if (piece.parts.length + piece.removals.length > 0) pieces.push(piece);
    piece = { parts: [], removals: [] };
    sizeBytes = 0;
  };
  for (const name of names) {
    if (piece.parts.length + piece.removals.length >= MESSAGE_NAMES) flush();
    const artifact = artifacts.get(name);
    if (!artifact) {
      piece.removals.push(name);
      continue;
    }
    const { digest, content } = artifact;
    let offsetBytes = 0;
    do {
      if (sizeBytes >= MESSAGE_PAYLOAD_BYTES) flush();
      const end = Math.min(content.length, offsetBytes + MESSAGE_PAYLOAD_BYTES - sizeBytes);
      piece.parts.push({
        name,
        digest,
        sizeBytes: content.length,
        offsetBytes,
        content: content.subarray(offsetBytes, end),
      });
      sizeBytes += end - offsetBytes;
      offsetBytes = end;
    } while (offsetBytes < content.length);
  }
  flush();
  return pieces;
}
