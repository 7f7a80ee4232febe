import { round } from "./cpu.ts";
import { spreadOf } from "./report.ts";

/** Way is one of several ways that are compared. What it returns is one value, of its own name, or several of other names. */
export type Way = (seconds: number) => Promise<number | Readonly<Record<string, number>>>;

/** Turns is for how long each way is measured, and how often. */
export interface Turns {
  readonly seconds: number;
  readonly rounds: number;
  readonly warmUpSeconds?: number;
}

/** Rounds is what each way gave in each round. */
export class Rounds {
  readonly #values: ReadonlyMap<string, readonly number[]>;

  constructor(values: ReadonlyMap<string, readonly number[]>) {
    this.#values = values;
  }

  of(name: string): readonly number[] {
    const values = this.#values.get(name);
    if (!values) throw new Error(`nothing was measured by the name ${name}`);
    return values;
  }

  /** The ratio of two in each round. */
  ratio(of: string, to: string): readonly number[] {
    const under = this.of(to);
    return this.of(of).map((value, i) => value / (under[i] as number));
  }

  /** The medians of all, by their names with what they are. */
  medians(suffix: string, digits = 1): Readonly<Record<string, number>> {
    return Object.fromEntries(
      [...this.#values].map(([name, values]) => [
        `${name}_${suffix}`,
        round(spreadOf(values).median, digits),
      ]),
    );
  }
}

/**
 * inTurns measures each way once in each round, one after the other: what else the machine does meets all of them. Before the first round each is
 * measured once for nothing.
 */
export async function inTurns(
  ways: Readonly<Record<string, Way>>,
  { seconds, rounds, warmUpSeconds = 2 }: Turns,
): Promise<Rounds> {
  const kept = new Map<string, number[]>();
  for (const way of Object.values(ways)) await way(warmUpSeconds);
  for (let i = 0; i < rounds; i++)
    for (const [name, way] of Object.entries(ways)) {
      const measured = await way(seconds);
      for (const [key, value] of Object.entries(
        typeof measured === "number" ? { [name]: measured } : measured,
      ))
        kept.set(key, [...(kept.get(key) ?? []), value]);
    }
  return new Rounds(kept);
}
