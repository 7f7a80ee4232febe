import type { AddingTable } from "./database.ts";

/** inKeyOrder is rows in the order of their keys, whoever adds them: transactions that add to the same rows wait for each other in it. */
export function inKeyOrder<T extends readonly (string | number)[]>(
  { columns, key }: AddingTable,
  rows: readonly T[],
): readonly T[] {
  const places = key.map((name) => columns.findIndex((column) => column.name === name));
  return rows.toSorted((one, other) => {
    for (const place of places) {
      const [a, b] = [one[place] as string | number, other[place] as string | number];
      if (a !== b) return a < b ? -1 : 1;
    }
    return 0;
  });
}
