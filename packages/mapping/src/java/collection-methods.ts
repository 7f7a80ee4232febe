import { equal } from "./arithmetic.ts";
import { JavaError, type Method } from "./string-methods.ts";
import { JavaEntry, JavaList, type JavaMap, type Meter, sameValue, type Value } from "./value.ts";

const isInteger = (value: Value | undefined): value is number => typeof value === "number";

function position(at: number, list: JavaList, size = list.items.length): number {
  if (at < 0 || at >= size)
    throw new JavaError(`index ${at} is out of bounds: the list has ${list.items.length} elements`);
  return at;
}

const find = (list: JavaList, wanted: Value, meter: Meter) =>
  list.items.findIndex((item) => sameValue(item, wanted, meter));
const itemsOf = (value: Value | undefined): readonly Value[] | undefined =>
  value instanceof JavaList ? value.items : undefined;

/** A copy of a list, charged by its number of elements. */
function copyOf(
  args: readonly Value[],
  size: number,
  meter: Meter,
  items: () => Value[],
): JavaList | undefined {
  if (args.length > 0) return undefined;
  meter.spend(size / 8);
  return new JavaList(items());
}

function remove(list: JavaList, wanted: Value, meter: Meter): Value {
  meter.spend(list.items.length / 64);
  if (isInteger(wanted)) return list.items.splice(position(wanted, list), 1)[0] as Value;
  const at = find(list, wanted, meter);
  if (at >= 0) list.items.splice(at, 1);
  return at >= 0;
}

/** Methods of java.util.List. */
export const listMethods: Readonly<Record<string, Method<JavaList>>> = {
  size: (self, args) => (args.length === 0 ? self.items.length : undefined),
  count: (self, args) => (args.length === 0 ? self.items.length : undefined),
  isEmpty: (self, args) => (args.length === 0 ? self.items.length === 0 : undefined),
  get: (self, [at]) => (isInteger(at) ? (self.items[position(at, self)] as Value) : undefined),
  add: (self, args, meter) => {
    meter.spend(1);
    const [first, second] = args;
    if (args.length === 1) return self.items.push(first as Value) > 0;
    if (args.length !== 2 || !isInteger(first)) return undefined;
    meter.spend(self.items.length / 64);
    self.items.splice(position(first, self, self.items.length + 1), 0, second as Value);
    return null;
  },
  addAll: (self, args, meter) => {
    const items = itemsOf(args[0]);
    if (!items || args.length !== 1) return undefined;
    meter.spend(items.length);
    self.items.push(...items.slice());
    return items.length > 0;
  },
  set: (self, [at, value]) => {
    if (!isInteger(at) || value === undefined) return undefined;
    const before = self.items[position(at, self)] as Value;
    self.items[at] = value;
    return before;
  },
  remove: (self, args, meter) => (args.length === 1 ? remove(self, args[0] as Value, meter) : undefined),
  clear: (self) => {
    self.items.length = 0;
    return null;
  },
  contains: (self, args, meter) => {
    return args.length === 1 ? find(self, args[0] as Value, meter) >= 0 : undefined;
  },
  containsAll: (self, args, meter) => {
    const items = itemsOf(args[0]);
    if (!items) return undefined;
    return items.every((item) => find(self, item, meter) >= 0);
  },
  indexOf: (self, args, meter) => (args.length === 1 ? find(self, args[0] as Value, meter) : undefined),
  lastIndexOf: (self, args, meter) =>
    args.length === 1
      ? self.items.findLastIndex((item) => sameValue(item, args[0] as Value, meter))
      : undefined,
  subList: (self, [from, to], meter) => {
    meter.spend(self.items.length / 16);
    if (!isInteger(from) || !isInteger(to)) return undefined;
    position(from, self, to + 1);
    position(to, self, self.items.length + 1);
    return new JavaList(self.items.slice(from, to));
  },
  equals: (self, args, meter) => (args.length === 1 ? sameValue(self, args[0] as Value, meter) : undefined),
  iterator: (self, args, meter) => copyOf(args, self.items.length, meter, () => [...self.items]),
  toArray: (self, args, meter) => copyOf(args, self.items.length, meter, () => [...self.items]),
};

/** Methods of java.util.Map. */
export const mapMethods: Readonly<Record<string, Method<JavaMap>>> = {
  size: (self, args) => (args.length === 0 ? self.size : undefined),
  count: (self, args) => (args.length === 0 ? self.size : undefined),
  isEmpty: (self, args) => (args.length === 0 ? self.size === 0 : undefined),
  get: (self, args) => (args.length === 1 ? (self.get(args[0] as Value) ?? null) : undefined),
  getOrDefault: (self, args) =>
    args.length === 2 ? (self.has(args[0] as Value) ? self.get(args[0] as Value) : args[1]) : undefined,
  put: (self, args, meter) => {
    if (args.length !== 2) return undefined;
    meter.spend(1);
    const [key, value] = args as readonly [Value, Value];
    const before = self.get(key) ?? null;
    self.set(key, value);
    return before;
  },
  putIfAbsent: (self, args) => {
    if (args.length !== 2) return undefined;
    const [key, value] = args as readonly [Value, Value];
    const before = self.get(key) ?? null;
    if (before === null) self.set(key, value);
    return before;
  },
  putAll: (self, [other], meter) => {
    if (!(other instanceof Map)) return undefined;
    meter.spend(other.size);
    for (const [key, value] of other) self.set(key, value);
    return null;
  },
  remove: (self, args) => {
    if (args.length !== 1) return undefined;
    const before = self.get(args[0] as Value) ?? null;
    self.delete(args[0] as Value);
    return before;
  },
  clear: (self) => {
    self.clear();
    return null;
  },
  containsKey: (self, args) => (args.length === 1 ? self.has(args[0] as Value) : undefined),
  containsValue: (self, args, meter) =>
    args.length === 1
      ? [...self.values()].some((value) => sameValue(value, args[0] as Value, meter))
      : undefined,
  keySet: (self, args, meter) => copyOf(args, self.size, meter, () => [...self.keys()]),
  values: (self, args, meter) => copyOf(args, self.size, meter, () => [...self.values()]),
  entrySet: (self, args, meter) =>
    copyOf(args, self.size, meter, () => [...self].map(([key, value]) => new JavaEntry(key, value))),
  equals: (self, args, meter) => (args.length === 1 ? equal(self, args[0] as Value, meter) : undefined),
};

/** Methods of java.util.Map.Entry. */
export const entryMethods: Readonly<Record<string, Method<JavaEntry>>> = {
  getKey: (self) => self.key,
  getValue: (self) => self.value,
};
