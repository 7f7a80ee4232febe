import type { Gateway } from "../kit/gateway.ts";

/** AttackCase is one attack, and what must hold. */
export interface AttackCase {
  readonly name: string;
  /** What the attacker sends or does, so that a failure can be repeated by hand. */
  readonly input: string;
  /** What must hold, in words. */
  readonly expectation: string;
  /** Attacks, and returns what happened instead; undefined: it held. To throw is not to hold. */
  readonly attack: () => Promise<string | undefined>;
}

/** AttackGround is what an area gets to prepare its cases with. */
export interface AttackGround {
  /** Numbers from 0 to 1 that the seed repeats. */
  readonly random: () => number;
  /** The seconds of `npm test` are meant, not the minutes of `npm run attack`. */
  readonly quick: boolean;
  /** Ends what the area starts. */
  readonly scope: AsyncDisposableStack;
  /** All of `items`, or `count` of them at random where the run is quick. */
  pick<T>(items: readonly T[], count: number): readonly T[];
  /** Adds a line of figures to the report, whether the case holds or not. */
  note(line: string): void;
  /** The gateway that all areas share; with settings, one that is the area's alone. */
  gateway(env?: Readonly<Record<string, string>>): Promise<Gateway>;
}

/** AttackArea is a kind of attack with all its cases. */
export interface AttackArea {
  readonly name: string;
  readonly what: string;
  /** How many cases run at a time; 1 where they would disturb each other. */
  readonly concurrency: number;
  /** Starts what the cases need, and gives them. */
  readonly prepare: (ground: AttackGround) => Promise<readonly AttackCase[]>;
}
