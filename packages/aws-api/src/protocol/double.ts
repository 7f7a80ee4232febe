/** Double is a number of a response that is floating-point whatever its value is: protocols that tell it from an integer write it so, as 41.0. */
export class Double {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }

  toJSON(): number {
    return this.value;
  }
}

/** doublesOf makes numbers of a list doubles. */
export const doublesOf = (values: readonly number[]): Double[] => values.map((value) => new Double(value));
