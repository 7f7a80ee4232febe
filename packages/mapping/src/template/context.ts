import { HostObject, JavaEntry, JavaList, SilentMap, type Value } from "../java/value.ts";

/** Overrides are what templates write to $context: kept for the whole call, so that the response template sees the request template's. */
export class Overrides {
  readonly request: SilentMap = new SilentMap([
    ["header", new SilentMap()],
    ["path", new SilentMap()],
    ["querystring", new SilentMap()],
  ]);
  readonly response: SilentMap = new SilentMap([["header", new SilentMap()]]);
}

/** ReadVariable reads a dotted $context variable such as "identity.sourceIp"; undefined: it does not exist. */
export type ReadVariable = (name: string) => Value | undefined;

/** ContextObject is $context, or a part of it such as $context.identity. It prints as an empty string. */
export class ContextObject extends HostObject {
  readonly #names: readonly string[];
  readonly #read: ReadVariable;

  constructor(names: readonly string[], read: ReadVariable) {
    super();
    this.#names = names;
    this.#read = read;
  }

  get(name: string): Value | undefined {
    return this.#read(name);
  }

  call(name: string, args: readonly Value[]): Value | undefined {
    const [first] = args;
    if (typeof first === "string" && args.length === 1) {
      if (name === "get") return this.#read(first) ?? null;
      return name === "containsKey" ? this.#names.includes(first) : undefined;
    }
    if (args.length > 0) return undefined;
    switch (name) {
      case "keySet":
        return new JavaList([...this.#names]);
      case "values":
        return new JavaList(this.#names.map((key) => this.#read(key) ?? null));
      case "entrySet":
        return new JavaList(this.#names.map((key) => new JavaEntry(key, this.#read(key) ?? null)));
      case "size":
        return this.#names.length;
      case "isEmpty":
        return this.#names.length === 0;
      default:
        return undefined;
    }
  }

  toString(): string {
    return "";
  }
}
