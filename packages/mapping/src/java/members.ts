import { equal } from "./arithmetic.ts";
import { entryMethods, listMethods, mapMethods } from "./collection-methods.ts";
import { JavaError, type Method, parseFraction, parseWhole, stringMethods } from "./string-methods.ts";
import {
  HostObject,
  isNumeric,
  JavaDouble,
  JavaEntry,
  JavaList,
  type Meter,
  Nothing,
  textOf,
  toDouble,
  type Value,
} from "./value.ts";

const truncated = (self: number | bigint | JavaDouble) => Math.trunc(toDouble(self));
const compareTo = (a: number, b: number) => (a < b ? -1 : a > b ? 1 : 0);

/** Methods of java.lang.Integer, Long and Double. */
const numberMethods: Readonly<Record<string, Method<number | bigint | JavaDouble>>> = {
  intValue: truncated,
  longValue: truncated,
  doubleValue: (self) => new JavaDouble(toDouble(self)),
  parseInt: (_self, [text]) => (typeof text === "string" ? parseWhole(text) : undefined),
  parseLong: (_self, [text]) => (typeof text === "string" ? parseWhole(text) : undefined),
  parseDouble: (_self, [text]) => (typeof text === "string" ? parseFraction(text) : undefined),
  compareTo: (self, [other]) =>
    other !== undefined && isNumeric(other) ? compareTo(toDouble(self), toDouble(other)) : undefined,
  equals: (self, args) => (args.length === 1 ? equal(self, args[0] as Value) : undefined),
};

const booleanMethods: Readonly<Record<string, Method<boolean>>> = {
  booleanValue: (self) => self,
  equals: (self, [other]) => self === other,
  parseBoolean: (_self, [text]) => String(text).toLowerCase() === "true",
};

/** valueOf is the static method of that name, which templates reach through any value of its class. */
function valueOf(self: Value, given: Value): Value {
  if (typeof self === "string") return textOf(given);
  if (typeof given !== "string") return given;
  if (typeof self === "boolean") return given.toLowerCase() === "true";
  return self instanceof JavaDouble ? parseFraction(given) : parseWhole(given);
}

/** Object.prototype is not consulted: a name that is not in a table is not a method. */
const named = <Self>(
  methods: Readonly<Record<string, Method<Self>>>,
  name: string,
): Method<Self> | undefined => (Object.hasOwn(methods, name) ? methods[name] : undefined);

/** For strings up to this length, only the call itself is charged. */
const SHORT_CHARS = 128;
/** Factor by which printing a list or a map costs more than reading a string of that size. */
export const PRINT_WEIGHT = 5;

/** Calls a method that was already looked up by name. undefined: the value has no such method with these arguments. */
export type CallNamed = (self: Value, args: readonly Value[], meter: Meter) => Value | undefined;

/** methodNamed looks a name up in all classes once, when a template is compiled. */
export function methodNamed(name: string): CallNamed {
  const ofString = named(stringMethods, name);
  const ofMap = named(mapMethods, name);
  const ofList = named(listMethods, name);
  const ofEntry = named(entryMethods, name);
  const ofBoolean = named(booleanMethods, name);
  const ofNumber = named(numberMethods, name);
  const call: CallNamed = (self, args, meter) => {
    if (self instanceof HostObject) return self.call(name, args, meter);
    if (self instanceof Map) return ofMap?.(self, args, meter);
    if (typeof self === "string") {
      if (self.length > SHORT_CHARS) meter.spendOnText(self.length);
      return ofString?.(self, args, meter);
    }
    if (self instanceof JavaList) return ofList?.(self, args, meter);
    // Something missing behaves like the empty string that it prints.
    if (self instanceof Nothing) return ofString?.("", args, meter) ?? self;
    if (self instanceof JavaEntry) return ofEntry?.(self, args, meter);
    if (typeof self === "boolean") return ofBoolean?.(self, args, meter);
    return self === null ? undefined : ofNumber?.(self, args, meter);
  };
  if (name === "toString")
    return (self, args, meter) => {
      const own = call(self, args, meter);
      if (own !== undefined || args.length > 0 || self === null) return own;
      const text = textOf(self);
      meter.spendOnText(PRINT_WEIGHT * text.length);
      return text;
    };
  if (name === "valueOf")
    return (self, args) => (args.length === 1 && self !== null ? valueOf(self, args[0] as Value) : undefined);
  return call;
}

/** getProperty reads value.name; undefined: the property does not exist. */
export function getProperty(self: Value, name: string): Value | undefined {
  if (self instanceof Map) return self.get(name);
  if (self instanceof HostObject) return self.get(name);
  if (self instanceof Nothing) return self;
  if (self instanceof JavaEntry) return name === "key" ? self.key : name === "value" ? self.value : undefined;
  if (name === "empty")
    return typeof self === "string"
      ? self === ""
      : self instanceof JavaList
        ? self.items.length === 0
        : undefined;
  return undefined;
}

/** getIndex reads value[index]; a negative index counts from the end of a list. */
export function getIndex(self: Value, index: Value): Value | undefined {
  if (self instanceof Map) return self.get(index);
  if (self instanceof HostObject) return self.get(textOf(index));
  if (self instanceof Nothing) return self;
  if (!(self instanceof JavaList) || typeof index !== "number") return undefined;
  const item = self.items.at(index);
  if (item === undefined)
    throw new JavaError(`index ${index} is out of bounds: the list has ${self.items.length} elements`);
  return item;
}

/** setMember writes value.name or value[index]; false if the value has no such member. */
export function setMember(self: Value, name: Value, value: Value): boolean {
  if (self instanceof Map) self.set(name, value);
  else if (self instanceof HostObject) return self.set(textOf(name), value);
  else if (self instanceof JavaList && typeof name === "number" && name >= 0 && name < self.items.length)
    self.items[name] = value;
  else return false;
  return true;
}
