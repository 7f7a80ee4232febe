/** seeded is a small random source that a seed repeats (mulberry32): numbers from 0 to 1. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** inRandomOrder returns the items in an order that the source decides. */
export function inRandomOrder<T>(items: readonly T[], random: () => number): T[] {
  const ordered = items.map((item) => ({ item, order: random() })).sort((a, b) => a.order - b.order);
  return ordered.map(({ item }) => item);
}
