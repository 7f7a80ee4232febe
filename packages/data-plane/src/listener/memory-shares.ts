import type { Awaited } from "./client-progress.ts";

/** Clients that are slower than this go first. */
const SLOW_BYTES_PER_SECOND = 16 * 1024;
/** At least so much is freed together: it is asked for only now and then. */
const FREED_MIN_BYTES = 4 * 1024 * 1024;
/** A source loses connections to another that has less than this part of its bytes. */
const UNFAIR_PART = 1 / 2;

/** Keeping is what is known of a connection that keeps memory. */
export interface Keeping {
  readonly heldBytes: number;
  /** undefined: its client is not waited for, so it is not to blame for what it keeps. */
  readonly awaited: Awaited;
  readonly progress: { readonly bytesPerSecond: number };
}

const bytesOf = (connections: Iterable<Keeping>): number => {
  let bytes = 0;
  for (const { heldBytes } of connections) bytes += heldBytes;
  return bytes;
};

/**
 * connectionsToEnd are those that end so that a call of a source gets so many bytes: first those whose clients are slow; then, where one
 * source keeps more than twice of what the asking one has, those of that source. Whoever sends at a good rate, but many bodies at a time,
 * cannot keep others from sending theirs.
 */
export function connectionsToEnd<C extends Keeping>(
  bySource: ReadonlyMap<string, ReadonlySet<C>>,
  bytes: number,
  source: string,
): readonly C[] {
  const all = [...bySource.values()].flatMap((connections) => [...connections]);
  const keeping = all.filter(({ awaited, heldBytes }) => awaited !== undefined && heldBytes > 0);
  const slow = keeping.filter(({ progress }) => progress.bytesPerSecond < SLOW_BYTES_PER_SECOND);
  const ended = largestOf(slow, Math.max(bytes, FREED_MIN_BYTES));
  const missingBytes = bytes - bytesOf(ended);
  if (missingBytes <= 0) return ended;

  const asking = bytesOf(bySource.get(source) ?? []) + bytes;
  let greedy: ReadonlySet<C> = new Set();
  let greedyBytes = 0;
  for (const connections of bySource.values()) {
    const keptBytes = bytesOf(connections);
    if (keptBytes > greedyBytes) [greedy, greedyBytes] = [connections, keptBytes];
  }
  if (asking > greedyBytes * UNFAIR_PART) return ended;
  const others = keeping.filter((one) => greedy.has(one) && !ended.includes(one));
  return [...ended, ...largestOf(others, Math.max(missingBytes, FREED_MIN_BYTES))];
}

/** As many as keep so many bytes together, the largest first. */
function largestOf<C extends Keeping>(connections: readonly C[], bytes: number): readonly C[] {
  let left = bytes;
  return [...connections]
    .sort((a, b) => b.heldBytes - a.heldBytes)
    .filter(({ heldBytes }) => {
      const isNeeded = left > 0;
      left -= heldBytes;
      return isNeeded;
    });
}
