/** Named is a place that sums are kept of, and what its rows are sorted by. */
export interface Named {
  readonly name: string;
}

/** inNamedOrder is the places of sums in one order, whoever sorts them: transactions that add to the same rows wait for each other in it. */
export const inNamedOrder = <T extends Named>(places: readonly T[]): readonly T[] =>
  places.toSorted((one, other) => (one.name < other.name ? -1 : Number(one.name > other.name)));
