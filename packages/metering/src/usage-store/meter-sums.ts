import type { Meter } from "@tollgate/config";

/** MeterSums is units by meter. There are few meters in one place: a search among them is faster than a map. */
export class MeterSums {
  /** The first `count` are in use: what is cleared keeps its room. */
  readonly meters: Meter[] = [];
  readonly units: number[] = [];
  count = 0;

  /** add adds to the units of a meter, and returns its place. */
  add(meter: Meter, units: number): number {
    const { count } = this;
    for (let at = 0; at < count; at++)
      if (this.meters[at] === meter) {
        (this.units[at] as number) += units;
        return at;
      }
    this.meters[count] = meter;
    this.units[count] = units;
    return this.count++;
  }

  /** addAll adds the units of all meters of others. */
  addAll({ meters, units, count }: MeterSums): void {
    for (let i = 0; i < count; i++) this.add(meters[i] as Meter, units[i] as number);
  }

  clear(): void {
    this.count = 0;
  }

  /** The meters in the order of their names, with their places. */
  get inOrder(): readonly (readonly [meter: Meter, place: number])[] {
    return this.meters
      .slice(0, this.count)
      .map((meter, i) => [meter, i] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1));
  }
}
