import type { Meter } from "@tollgate/config";

/** MeterSums is units by meter. There are few meters in one place: a search among them is faster than a map. */
export class MeterSums {
  readonly meters: Meter[] = [];
  readonly units: number[] = [];

  /** add adds to the units of a meter, and returns its place. */
  add(meter: Meter, units: number): number {
    const at = this.meters.indexOf(meter);
    if (at < 0) {
      this.units.push(units);
      return this.meters.push(meter) - 1;
    }
    (this.units[at] as number) += units;
    return at;
  }

  clear(): void {
    if (this.meters.length > 0) this.meters.length = this.units.length = 0;
  }

  /** The meters in the order of their names, with their places. */
  get inOrder(): readonly (readonly [meter: Meter, place: number])[] {
    return this.meters
      .map((meter, i) => [meter, i] as const)
      .sort(([one], [other]) => (one < other ? -1 : 1));
  }
}
