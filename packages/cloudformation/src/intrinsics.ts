import { isObject, type Json, type JsonObject } from "@tollgate/openapi";
import { Conditions } from "./conditions.ts";
import type { Findings, Place } from "./findings.ts";
import { member } from "./member.ts";
import type { ParameterValues } from "./parameters.ts";
import { shown } from "./shown.ts";

/** NO_VALUE removes the member whose value it is (AWS: AWS::NoValue). */
const NO_VALUE = Symbol("AWS::NoValue");
type Value = Json | typeof NO_VALUE;

/** References resolves the references of functions to resources and other stacks. */
export interface References {
  /** The value of Ref; undefined: there is no such resource. */
  ref(logicalId: string, at: Place): Json | undefined;
  /** The value of Fn::GetAtt; undefined: there is none, which is reported. */
  attribute(logicalId: string, attribute: string, at: Place): Json | undefined;
  /** The value that another stack exports under a name. */
  exported(name: string): string | undefined;
  /** Whether a value has a placeholder in it: its items and parts are not known either. */
  isUnknown(value: Json | undefined): boolean;
}

export interface IntrinsicsOptions {
  readonly parameters: ParameterValues;
  /** Such as AWS::Region. */
  readonly pseudo: Readonly<Record<string, Json>>;
  readonly mappings: JsonObject;
  readonly conditions: JsonObject;
  readonly references: References;
  readonly findings: Findings;
}

type Carry = (argument: Json, at: Place) => Value | undefined;

const asText = (value: Value | undefined): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? shown(value)
    : undefined;

/** CIDR blocks of a size within another one. */
function cidrBlocks(block: string, count: number, bits: number): string[] | undefined {
  const [address = "", prefix = ""] = block.split("/");
  const bytes = address.split(".").map(Number);
  const size = 32 - bits;
  const isWrong = bytes.length !== 4 || bytes.some((byte) => !(byte >= 0 && byte <= 255));
  if (isWrong || prefix === "" || size < Number(prefix) || count < 1 || count > 256) return undefined;
  if (count > 2 ** (size - Number(prefix))) return undefined;
  const first = bytes.reduce((sum, byte) => sum * 256 + byte, 0);
  return Array.from({ length: count }, (_, i) => {
    const at = first + i * 2 ** bits;
    return `${[24, 16, 8, 0].map((shift) => Math.floor(at / 2 ** shift) % 256).join(".")}/${size}`;
  });
}

/** Intrinsics evaluates the functions of a template (AWS: intrinsic function reference). */
export class Intrinsics {
  readonly conditions: Conditions;
  readonly #options: IntrinsicsOptions;
  readonly #functions: Readonly<Record<string, Carry>>;

  constructor(options: IntrinsicsOptions) {
    this.#options = options;
    this.conditions = new Conditions(options.conditions, options.findings, (value, at) =>
      this.evaluate(value, at),
    );
    this.#functions = this.#table();
  }

  /** evaluate evaluates all functions in a value; undefined: the value is removed, or a problem was reported. */
  evaluate(value: Json, at: Place): Json | undefined {
    const result = this.#value(value, at);
    return result === NO_VALUE ? undefined : result;
  }

  #fail(at: Place, message: string): undefined {
    this.#options.findings.add("error", at, message);
    return undefined;
  }

  #value(value: Json, at: Place): Value | undefined {
    if (Array.isArray(value)) {
      const items = (value as readonly Json[]).map((item, i) => this.#value(item, [...at, shown(i)]));
      return items.filter((item): item is Json => item !== NO_VALUE && item !== undefined);
    }
    if (!isObject(value)) return value;
    const entries = Object.entries(value);
    const [first] = entries;
    if (entries.length === 1 && first) {
      const [name, argument] = first;
      const carry = member(this.#functions, name);
      if (carry) return carry(argument, [...at, name]);
      if (name.startsWith("Fn::"))
        return this.#fail(
          at,
          `the function '${name}' is not supported; use one of ${Object.keys(this.#functions).join(", ")}`,
        );
    }
    const members = entries.flatMap(([name, member]): [string, Json][] => {
      const result = this.#value(member, [...at, name]);
      return result === NO_VALUE || result === undefined ? [] : [[name, result]];
    });
    return Object.fromEntries(members);
  }

  /** A list that is not known is its placeholder. */
  #unknownList(value: Value | undefined): readonly Json[] | undefined {
    return typeof value === "string" && this.#options.references.isUnknown(value) ? [value] : undefined;
  }

  /** The strings of a list; an item that is not a string is reported. */
  #texts(value: Value | undefined, at: Place, what: string): string[] | undefined {
    const list = Array.isArray(value) ? (value as readonly Json[]) : this.#unknownList(value);
    const texts = list?.map(asText);
    if (texts && texts.every((text) => text !== undefined)) return texts;
    return value === undefined ? undefined : this.#fail(at, `${what} must be a list of strings`);
  }

  #reference(name: string, at: Place): Value | undefined {
    const { parameters, pseudo, references } = this.#options;
    if (name === "AWS::NoValue") return NO_VALUE;
    if (Object.hasOwn(pseudo, name)) return pseudo[name];
    const parameter = parameters.get(name);
    if (parameter !== undefined) return parameter;
    const found = references.ref(name, at);
    return found ?? this.#fail(at, `there is no parameter or resource '${name}'`);
  }

  /** A string in which ${Name}, ${Name.Attribute} and the function's own variables are replaced; ${!Name} becomes ${Name}. */
  #sub(argument: Json, at: Place): Value | undefined {
    const [template, variables] = Array.isArray(argument)
      ? (argument as readonly (Json | undefined)[])
      : [argument];
    if (typeof template !== "string")
      return this.#fail(at, "requires a string, or a string and its variables");
    const own = isObject(variables) ? variables : {};
    let isWhole = true;
    const text = template.replaceAll(/\$\{([^}]*)\}/g, (_all, given: string) => {
      const name = given.trim();
      if (name.startsWith("!")) return `\${${name.slice(1)}}`;
      const value = this.#substitute(name, own, at);
      const shown = asText(value) ?? (Array.isArray(value) ? value.join(",") : undefined);
      if (shown === undefined) isWhole = false;
      return shown ?? "";
    });
    return isWhole ? text : undefined;
  }

  #substitute(name: string, own: JsonObject, at: Place): Value | undefined {
    if (Object.hasOwn(own, name)) return this.#value(own[name] as Json, [...at, "1", name]);
    const dot = name.indexOf(".");
    if (dot < 0 || name.startsWith("AWS::")) return this.#reference(name, at);
    return this.#options.references.attribute(name.slice(0, dot), name.slice(dot + 1), at);
  }

  #findInMap(argument: Json, at: Place): Value | undefined {
    const [map, top, second, options] = Array.isArray(argument) ? (argument as readonly Json[]) : [];
    const names = this.#texts(
      this.#value([map ?? null, top ?? null, second ?? null], at),
      at,
      "the searched name",
    );
    if (!names) return undefined;
    const found = names.reduce<Json | undefined>(
      (value, name) => (isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined),
      this.#options.mappings,
    );
    if (found !== undefined) return found;
    if (isObject(options) && options.DefaultValue !== undefined)
      return this.#value(options.DefaultValue, [...at, "3", "DefaultValue"]);
    return this.#fail(at, `Mappings has no ${names.join(" / ")}`);
  }

  #select(argument: Json, at: Place): Value | undefined {
    const both = this.#value(argument, at);
    const [index, given] = Array.isArray(both) ? (both as readonly Json[]) : [];
    const list = Array.isArray(given) ? (given as readonly Json[]) : this.#unknownList(given);
    if (!list) return both === undefined ? undefined : this.#fail(at, "requires an index and a list");
    const item = list[Number(index)] ?? list.find((one) => this.#options.references.isUnknown(one));
    return item ?? this.#fail(at, `there is no item ${shown(index)} in a list of ${list.length}`);
  }

  #if(argument: Json, at: Place): Value | undefined {
    const [name, yes, no] = Array.isArray(argument) ? (argument as readonly Json[]) : [];
    if (typeof name !== "string" || yes === undefined || no === undefined)
      return this.#fail(at, "requires the name of a condition and two values");
    const holds = this.conditions.holds(name, at);
    return this.#value(holds ? yes : no, [...at, holds ? "1" : "2"]);
  }

  #getAtt(argument: Json, at: Place): Value | undefined {
    const given = typeof argument === "string" ? argument.split(/\.(.*)/s).slice(0, 2) : argument;
    const [logicalId, attribute] = Array.isArray(given) ? (given as readonly Json[]) : [];
    const name = attribute === undefined ? undefined : asText(this.#value(attribute, [...at, "1"]));
    if (typeof logicalId !== "string" || name === undefined)
      return this.#fail(at, "requires a resource and its attribute, such as Function.Arn");
    return this.#options.references.attribute(logicalId, name, at);
  }

  #table(): Readonly<Record<string, Carry>> {
    const text = (argument: Json, at: Place) => asText(this.#value(argument, at));
    return {
      Ref: (argument, at) =>
        typeof argument === "string" ? this.#reference(argument, at) : this.#fail(at, "requires a name"),
      "Fn::GetAtt": (argument, at) => this.#getAtt(argument, at),
      "Fn::Sub": (argument, at) => this.#sub(argument, at),
      "Fn::Join": (argument, at) => {
        const [delimiter, list] = Array.isArray(argument) ? (argument as readonly Json[]) : [];
        const texts = this.#texts(this.#value(list ?? null, [...at, "1"]), at, "the joined values");
        return texts && typeof delimiter === "string"
          ? texts.join(delimiter)
          : texts && this.#fail(at, "requires a delimiter and a list");
      },
      "Fn::Split": (argument, at) => {
        const both = this.#texts(this.#value(argument, at), at, "a delimiter and a string");
        return both && both.length === 2 ? (both[1] as string).split(both[0] as string) : undefined;
      },
      "Fn::Select": (argument, at) => this.#select(argument, at),
      "Fn::FindInMap": (argument, at) => this.#findInMap(argument, at),
      "Fn::If": (argument, at) => this.#if(argument, at),
      "Fn::Base64": (argument, at) => {
        const plain = text(argument, at);
        return plain === undefined ? undefined : Buffer.from(plain).toString("base64");
      },
      "Fn::Cidr": (argument, at) => {
        const [block, count, bits] =
          this.#texts(this.#value(argument, at), at, "a block, a count and bits") ?? [];
        if (block === undefined) return undefined;
        const blocks = cidrBlocks(block, Number(count), Number(bits ?? 8));
        return blocks ?? this.#fail(at, `'${block}' has no ${count} blocks of ${bits ?? 8} bits`);
      },
      "Fn::GetAZs": (argument, at) => {
        const region = text(argument, at) || shown(this.#options.pseudo["AWS::Region"]);
        return ["a", "b", "c"].map((zone) => `${region}${zone}`);
      },
      "Fn::ImportValue": (argument, at) => {
        const name = text(argument, at);
        if (name === undefined) return undefined;
        return this.#options.references.exported(name) ?? this.#fail(at, `no other stack exports '${name}'`);
      },
      "Fn::Length": (argument, at) => {
        const list = this.#value(argument, at);
        return Array.isArray(list)
          ? list.length
          : list === undefined
            ? undefined
            : this.#fail(at, "requires a list");
      },
      "Fn::ToJsonString": (argument, at) => {
        const value = this.#value(argument, at);
        return value === undefined || value === NO_VALUE ? undefined : JSON.stringify(value);
      },
      "Fn::Transform": (argument, at) =>
        this.#fail(
          at,
          isObject(argument) && argument.Name === "AWS::Include"
            ? "objects in buckets cannot be included: name a file beside the template"
            : "macros are not supported",
        ),
    };
  }
}
