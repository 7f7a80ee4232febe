import { HostObject, type Meter, type Value } from "../java/value.ts";

/** The limits of the cost of one rendering. */
export interface Budget {
  /** Nodes rendered, and work of methods by the size of their strings. */
  readonly steps: number;
  readonly outputChars: number;
  /** Calls of macros and blocks within each other. */
  readonly depth: number;
}

/** RenderError ends a rendering: the response is 500. */
export class RenderError extends Error {}

/** #foreach ends silently after this many turns (API Gateway quotas: iterations in a #foreach loop). */
export const FOREACH_MAX = 1000;

/** Text that is as much work as rendering one node. */
const CHARS_A_STEP = 128;

/** Signals of a block: continue, leave the loop, leave the template. */
export const NEXT = 0;
export const BREAK = 1;
export const STOP = 2;
export type Signal = typeof NEXT | typeof BREAK | typeof STOP;

export type Render = (state: State) => Signal;
export type Evaluate = (state: State) => Value;
export type Test = (state: State) => boolean;

/** State is one rendering. */
export class State implements Meter {
  out = "";
  readonly variables: Value[];
  /** Arguments of the macro being rendered. */
  frame: readonly Value[] = [];
  depth = 0;
  /** The value of a missing property: null as in Velocity, or nothing as on API Gateway. */
  readonly missing: Value;
  readonly #budget: Budget;
  #steps = 0;

  constructor(variables: Value[], missing: Value, budget: Budget) {
    this.variables = variables;
    this.missing = missing;
    this.#budget = budget;
  }

  spend(steps: number): void {
    this.#steps += steps;
    if (this.#steps > this.#budget.steps)
      throw new RenderError(`the template took more than ${this.#budget.steps} steps`);
  }

  spendOnText(chars: number): void {
    this.spend(chars / CHARS_A_STEP);
  }

  /** Charges for a block that may be rendered many times, and counts the output so far. */
  pay(steps: number): void {
    this.spend(steps);
    if (this.out.length > this.#budget.outputChars)
      throw new RenderError(`the template wrote more than ${this.#budget.outputChars} characters`);
  }

  enter(): void {
    if (++this.depth > this.#budget.depth)
      throw new RenderError(`macro calls are nested more than ${this.#budget.depth} levels deep`);
  }

  /** capture renders into a separate string. */
  capture(render: Render): string {
    const before = this.out;
    this.out = "";
    render(this);
    const text = this.out;
    this.out = before;
    this.spendOnText(text.length);
    return text;
  }
}

/** Deferred is a value that is computed each time it is read: the block of a #define, or an argument of a macro. */
export abstract class Deferred extends HostObject {
  /** The string that is printed instead if it has no value. */
  readonly source: string | undefined = undefined;
  get(): undefined {
    return undefined;
  }
  call(): undefined {
    return undefined;
  }
  abstract read(state: State): Value;
}
