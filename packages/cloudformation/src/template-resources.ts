import { isObject, type Json, type JsonObject, stableId } from "@tollgate/openapi";
import type { Findings, Place } from "./findings.ts";
import type { ForeignValues } from "./foreign/foreign-values.ts";
import type { Intrinsics } from "./intrinsics.ts";
import { member } from "./member.ts";
import { nearestOf } from "./nearest.ts";
import { RESOURCE_TYPES } from "./resource-types.ts";
import { shown } from "./shown.ts";
import type { StackDraft } from "./stack-draft.ts";
import type { TemplateResource } from "./template-resource.ts";

const RESOURCE_MEMBERS = new Set([
  "Type",
  "Properties",
  "DependsOn",
  "Condition",
  "DeletionPolicy",
  "UpdateReplacePolicy",
  "UpdatePolicy",
  "CreationPolicy",
  "Metadata",
  "Connectors",
]);

/** resourceIn is the resource in the name of a value, such as Resource.Attribute. */
export const resourceIn = (name: string): string => name.split(".", 1)[0] ?? "";

/** TemplateResources are the resources of a template whose conditions are true, and their values for functions. */
export class TemplateResources {
  readonly #byId = new Map<string, TemplateResource>();
  readonly #excluded = new Set<string>();
  readonly #evaluating: string[] = [];
  readonly #draft: StackDraft;
  readonly #findings: Findings;
  readonly #foreign: ForeignValues;

  constructor(draft: StackDraft, foreign: ForeignValues) {
    this.#draft = draft;
    this.#findings = draft.findings;
    this.#foreign = foreign;
  }

  get all(): readonly TemplateResource[] {
    return [...this.#byId.values()];
  }

  /** `origins` are the resources of a SAM template by the resources that were created from them; undefined: it is no SAM template. */
  add(
    definitions: JsonObject,
    intrinsics: Intrinsics,
    origins: ReadonlyMap<string, string> | undefined,
  ): void {
    const names = Object.keys(definitions);
    // Of what SAM makes beside a function, such as permissions of its events, nothing is created here.
    const isThere = (name: string) =>
      Object.hasOwn(definitions, name) ||
      (origins !== undefined && names.some((owner) => name.startsWith(owner)));
    for (const [logicalId, given] of Object.entries(definitions)) {
      const at = ["Resources", origins?.get(logicalId) ?? logicalId];
      if (!isObject(given) || typeof given.Type !== "string") {
        this.#findings.add("error", at, "must be an object with a Type, such as AWS::ApiGateway::RestApi");
        continue;
      }
      this.#check(logicalId, at, given, isThere);
      const holds =
        given.Condition === undefined ||
        intrinsics.conditions.holds(shown(given.Condition), [...at, "Condition"]);
      if (holds) this.#byId.set(logicalId, this.#resource(logicalId, at, given, intrinsics));
      else this.#excluded.add(logicalId);
    }
  }

  #check(logicalId: string, at: Place, given: JsonObject, isThere: (name: string) => boolean): void {
    if (!/^[A-Za-z0-9]{1,255}$/.test(logicalId))
      this.#findings.add(
        "error",
        at,
        "the name of a resource must be 1 to 255 characters of a-z, A-Z and 0-9",
      );
    for (const member of Object.keys(given))
      if (!RESOURCE_MEMBERS.has(member)) {
        const nearest = nearestOf(member, RESOURCE_MEMBERS);
        const hint = nearest === undefined ? "" : `; did you mean '${nearest}'?`;
        this.#findings.add(
          "warning",
          [...at, member],
          `'${member}' is not an attribute of a resource, and is ignored${hint}`,
        );
      }
    const { DependsOn: needs = [] } = given;
    for (const need of Array.isArray(needs) ? (needs as readonly Json[]) : [needs])
      if (typeof need !== "string" || !isThere(need))
        this.#findings.add("error", [...at, "DependsOn"], `there is no resource '${shown(need)}'`);
  }

  #resource(logicalId: string, at: Place, given: JsonObject, intrinsics: Intrinsics): TemplateResource {
    const type = shown(given.Type);
    const properties = isObject(given.Properties) ? given.Properties : {};
    const known = new Map<string, Json | undefined>();
    const { name, accountId } = this.#draft.stack;
    const evaluate = (property: string): Json | undefined => {
      const value = properties[property];
      if (value === undefined) return undefined;
      const step = `${logicalId}.${property}`;
      if (this.#evaluating.includes(step)) {
        const circle = [...this.#evaluating.slice(this.#evaluating.indexOf(step)), step].join(" -> ");
        this.#findings.add("error", [...at, "Properties", property], `depends on itself: ${circle}`);
        return undefined;
      }
      this.#evaluating.push(step);
      const result = intrinsics.evaluate(value, [...at, "Properties", property]);
      this.#evaluating.pop();
      return result;
    };
    return {
      logicalId,
      type,
      at,
      stableId: stableId(`${accountId}/${name}/${logicalId}`),
      isRetained: given.DeletionPolicy === "Retain",
      property(property) {
        if (!known.has(property)) known.set(property, evaluate(property));
        return known.get(property);
      },
    };
  }

  /** The value of Ref; `at`: where it is used, if that may be reported. */
  physicalId(resource: TemplateResource, at?: Place): Json | undefined {
    const type = RESOURCE_TYPES.get(resource.type);
    return type ? type.ref(resource, this.#draft) : this.#foreign.ref(resource, at);
  }

  /** isApi reports whether an id is that of an API of the template. */
  isApi(id: string): boolean {
    return this.all.some(
      ({ type, stableId: own }) => own === id && /^AWS::ApiGateway(::RestApi|V2::Api)$/.test(type),
    );
  }

  /** isForeign reports whether a name is that of a resource that is not the gateway's. */
  isForeign(logicalId: string): boolean {
    const type = this.#byId.get(logicalId)?.type;
    return type !== undefined && !RESOURCE_TYPES.has(type);
  }

  #find(logicalId: string, at: Place): TemplateResource | undefined {
    if (this.#excluded.has(logicalId))
      this.#findings.add("error", at, `'${logicalId}' is not created: its condition is false`);
    return this.#byId.get(logicalId);
  }

  ref(logicalId: string, at: Place): Json | undefined {
    const resource = this.#find(logicalId, at);
    // An unknown name is reported once, with its place.
    return resource ? (this.physicalId(resource, at) ?? "") : this.#excluded.has(logicalId) ? "" : undefined;
  }

  attribute(logicalId: string, attribute: string, at: Place): Json | undefined {
    const resource = this.#find(logicalId, at);
    if (!resource) {
      if (!this.#excluded.has(logicalId))
        this.#findings.add("error", at, `there is no resource '${logicalId}'`);
      return undefined;
    }
    const own = RESOURCE_TYPES.get(resource.type);
    if (!own) return this.#foreign.attribute(resource, attribute, at);
    const value = member(own.attributes, attribute)?.(resource, this.#draft);
    if (value === undefined)
      this.#findings.add(
        "error",
        at,
        `'${logicalId}', a ${resource.type}, has no known attribute '${attribute}'`,
      );
    return value;
  }
}
