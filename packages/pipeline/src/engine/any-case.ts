const byText = new WeakMap<ReadonlyMap<string, unknown>, ReadonlyMap<string, readonly unknown[]>>();

/** A map as it is where letter case does not count, made once. */
function folded<T>(map: ReadonlyMap<string, T>): ReadonlyMap<string, readonly T[]> {
  const known = byText.get(map);
  if (known) return known as ReadonlyMap<string, readonly T[]>;
  const made = new Map<string, T[]>();
  for (const [text, value] of map) {
    const key = text.toLowerCase();
    const all = made.get(key) ?? [];
    all.push(value);
    made.set(key, all);
  }
  byText.set(map, made);
  return made;
}

const NONE: readonly never[] = [];

/** inAnyCase are the values of a map for a text, where letter case does not count. The map must not change any more. */
export const inAnyCase = <T>(map: ReadonlyMap<string, T>, text: string): readonly T[] =>
  map.size === 0 ? NONE : (folded(map).get(text.toLowerCase()) ?? NONE);
