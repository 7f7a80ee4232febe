import type { WorkerBeat } from "./protocol.ts";

/** How often a worker shows that its event loop runs. */
export const BEAT_MS = 500;

export interface BeatParts {
  readonly spool: {
    /** Why nothing can be recorded now; undefined: it can. May try to write. */
    recordingOutage(): string | undefined;
  };
  readonly guard: {
    /** How many calls were taken and refused since this was last asked. */
    sinceLast(): { readonly taken: number; readonly refused: number };
  };
}

/** beatOf is what a worker says of itself. */
export function beatOf({ spool, guard }: BeatParts): WorkerBeat {
  const { taken, refused } = guard.sinceLast();
  return { type: "beat", outage: spool.recordingOutage(), isShedding: refused > 0 && taken === 0 };
}

/** startBeats sends beats as long as the event loop runs. They do not keep the process running. */
export function startBeats(parts: BeatParts, send: (beat: WorkerBeat) => void): void {
  setInterval(() => send(beatOf(parts)), BEAT_MS).unref();
}
