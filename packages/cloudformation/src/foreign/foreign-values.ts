import type { Json } from "@tollgate/openapi";
import type { Findings, Place } from "../findings.ts";
import { member } from "../member.ts";
import type { StackIdentity } from "../stack-draft.ts";
import type { TemplateResource } from "../template-resource.ts";
import { FOREIGN_TYPES, type ForeignType, type ForeignValue } from "./foreign-types.ts";
import { placeholderAttribute, placeholderRef } from "./placeholder.ts";

/** Shorter placeholders, such as a port, are not recognized in other values. */
const RECOGNIZED_LENGTH = 12;

/**
 * ForeignValues are the values that functions get from resources that are not the gateway's: those that were given, those that a type's
 * names imply, else placeholders, each with a warning.
 */
export class ForeignValues {
  readonly #stack: StackIdentity;
  readonly #findings: Findings;
  readonly #given: Readonly<Record<string, string>>;
  /** Names by their placeholders. */
  readonly #unknown = new Map<string, string>();

  /** `given`: values by the name of what they are the value of, Resource for Ref and Resource.Attribute for Fn::GetAtt. */
  constructor(stack: StackIdentity, findings: Findings, given: Readonly<Record<string, string>>) {
    this.#stack = stack;
    this.#findings = findings;
    this.#given = given;
  }

  /** ref is the value of Ref; `at`: where it is used, if that may be reported. */
  ref(resource: TemplateResource, at?: Place): Json {
    const { logicalId } = resource;
    const given = member(this.#given, logicalId);
    if (given !== undefined) return given;
    const type = FOREIGN_TYPES.get(resource.type);
    if (!type) return this.#placeholder(logicalId, placeholderRef(resource, this.#stack), at);
    return this.#value(resource, type, type.ref ?? ((name) => name));
  }

  /** attribute is the value of Fn::GetAtt; `at`: where it is used. */
  attribute(resource: TemplateResource, attribute: string, at: Place): Json {
    const name = `${resource.logicalId}.${attribute}`;
    const given = member(this.#given, name);
    if (given !== undefined) return given;
    const type = FOREIGN_TYPES.get(resource.type);
    const known = attribute === "Arn" ? "arn" : member(type?.attributes, attribute);
    return type && known
      ? this.#value(resource, type, known)
      : this.#placeholder(name, placeholderAttribute(resource, attribute, this.#stack), at);
  }

  /** unknownIn are the names of the values in a value that are placeholders. */
  unknownIn(value: unknown): readonly string[] {
    const text = this.#unknown.size === 0 ? "" : (JSON.stringify(value) ?? "");
    return [...this.#unknown].flatMap(([placeholder, name]) => (text.includes(placeholder) ? [name] : []));
  }

  #value(resource: TemplateResource, type: ForeignType, value: ForeignValue): string {
    const name = this.#name(resource, type);
    return value === "arn" ? `arn:aws:${type.arn(name, this.#stack, resource)}` : value(name, this.#stack);
  }

  #name(resource: TemplateResource, { name }: ForeignType): string {
    const given = typeof name === "function" ? name(resource) : name && resource.property(name);
    return typeof given === "string" && given !== "" ? given : `${this.#stack.name}-${resource.logicalId}`;
  }

  #placeholder(name: string, placeholder: string, at: Place | undefined): string {
    if (at === undefined || this.#unknown.get(placeholder) === name) return placeholder;
    if (placeholder.length >= RECOGNIZED_LENGTH) this.#unknown.set(placeholder, name);
    this.#findings.add(
      "warning",
      at,
      `the value of ${name} is not known here: '${placeholder}' is used, unless you give it with --parameter ${name}=VALUE`,
    );
    return placeholder;
  }
}
