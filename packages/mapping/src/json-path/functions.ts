import { isNumeric, JavaDouble, JavaList, textOf, toDouble, type Value } from "../java/value.ts";

const numbersOf = (value: Value, args: readonly Value[]): number[] =>
  [...(value instanceof JavaList ? value.items : []), ...args].filter(isNumeric).map(toDouble);

function overNumbers(compute: (numbers: readonly number[]) => number) {
  return (value: Value, args: readonly Value[]): Value | undefined => {
    const numbers = numbersOf(value, args);
    return numbers.length === 0 ? undefined : new JavaDouble(compute(numbers));
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, n) => total + n, 0);
const average = (numbers: readonly number[]) => sum(numbers) / numbers.length;
const at = (value: Value, index: number): Value | undefined =>
  value instanceof JavaList ? value.items.at(index) : undefined;
const length = (value: Value): Value | undefined =>
  value instanceof JavaList ? value.items.length : value instanceof Map ? value.size : undefined;

/** Functions at the end of a path; undefined: the function has no result for this value. */
export const functions: Readonly<
  Record<string, (value: Value, args: readonly Value[]) => Value | undefined>
> = {
  length,
  size: length,
  keys: (value) => (value instanceof Map ? new JavaList([...value.keys()], true) : undefined),
  min: overNumbers((numbers) => Math.min(...numbers)),
  max: overNumbers((numbers) => Math.max(...numbers)),
  avg: overNumbers(average),
  sum: overNumbers(sum),
  stddev: overNumbers((numbers) => {
    const mean = average(numbers);
    return Math.sqrt(average(numbers.map((n) => (n - mean) ** 2)));
  }),
  concat: (value, args) =>
    [...(value instanceof JavaList ? value.items.filter((item) => typeof item === "string") : []), ...args]
      .map(textOf)
      .join(""),
  append: (value, args) =>
    value instanceof JavaList ? new JavaList([...value.items, ...args], true) : undefined,
  first: (value) => at(value, 0),
  last: (value) => at(value, -1),
  index: (value, [index]) => (typeof index === "number" ? at(value, index) : undefined),
};
