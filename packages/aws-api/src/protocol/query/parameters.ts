import { invalidValue } from "./errors.ts";

/** Parameters reads a request of AWS's query protocol, in which members and lists are flattened to names such as Tags.member.1.Key. */
export class Parameters {
  readonly #values: URLSearchParams;

  constructor(values: URLSearchParams) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    return this.#values.get(name) ?? undefined;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined || value === "") throw invalidValue(name, value, "Member must not be null");
    return value;
  }

  integer(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d{1,9}$/.test(value)) throw invalidValue(name, value, "Member must be an integer");
    return Number(value);
  }

  flag(name: string): boolean {
    return this.text(name) === "true";
  }

  /** Values of a list of strings. */
  list(name: string): string[] {
    return this.#indexes(name).flatMap((i) => this.text(`${name}.member.${i}`) ?? []);
  }

  /** The same member of each item of a list of structures. */
  members(name: string, member: string): string[] {
    return this.#indexes(name).flatMap((i) => this.text(`${name}.member.${i}.${member}`) ?? []);
  }

  /** A list of pairs of Key and Value. undefined: the list is absent. */
  tags(): Record<string, string> | undefined {
    const indexes = this.#indexes("Tags");
    if (indexes.length === 0) return undefined;
    return Object.fromEntries(
      indexes.map((i) => [this.required(`Tags.member.${i}.Key`), this.text(`Tags.member.${i}.Value`) ?? ""]),
    );
  }

  #indexes(name: string): number[] {
    const head = `${name}.member.`;
    const found = new Set<number>();
    for (const key of this.#values.keys())
      if (key.startsWith(head)) found.add(Number(key.slice(head.length).split(".")[0]));
    return [...found].filter((i) => Number.isInteger(i)).sort((a, b) => a - b);
  }
}
