import { digestOf, parseManifest } from "@tollgate/config";
import { isObject, stableId, type Finding, type Json, type JsonObject } from "@tollgate/openapi";
import { foreignAttribute, foreignRef } from "./foreign.ts";
import type { Findings, Place } from "./findings.ts";
import { Intrinsics } from "./intrinsics.ts";
import { withLocalFiles } from "./local-files.ts";
import { parametersOf, shownParameters } from "./parameters.ts";
import { problemsOf } from "./properties.ts";
import { RESOURCE_TYPES, notServed } from "./resource-types.ts";
import type { TemplateResource } from "./resource-type.ts";
import { StackDraft, type PlannedDeployment, type PlannedEntity, type StackIdentity } from "./stack-draft.ts";
import type { Known } from "./sam/known-values.ts";
import { isServerless, transformServerless, withAliases, type Transformed } from "./sam/serverless.ts";
import { readTemplate, SAM, sectionOf, type Template } from "./template.ts";

export interface PlanOptions extends StackIdentity {
  readonly parameters: Readonly<Record<string, string>>;
  /** Parameters that the stack had before: those count where none is given. */
  readonly previousParameters?: Readonly<Record<string, string>>;
  /** Files beside the template that it names, by the paths that it names them with. */
  readonly files?: Readonly<Record<string, string>>;
  /** What another stack exports under a name. */
  readonly exported?: (name: string) => string | undefined;
}

/** PlannedResource is a resource of a template and what it is called. */
export interface PlannedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
}

export interface PlannedOutput {
  readonly value: string;
  readonly description?: string;
  readonly exportName?: string;
}

/** StackPlan is what a template becomes. With an error among its findings it is not whole. */
export interface StackPlan {
  readonly description: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly entities: readonly PlannedEntity[];
  readonly deployments: readonly PlannedDeployment[];
  readonly resources: readonly PlannedResource[];
  /** Resources that would be the gateway's, and are not served yet, with their properties. */
  readonly notServed: readonly (Omit<PlannedResource, "physicalId"> & { readonly properties: JsonObject })[];
  readonly outputs: Readonly<Record<string, PlannedOutput>>;
  /** Names of what it imports of other stacks. */
  readonly imports: readonly string[];
  readonly findings: readonly Finding[];
}

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

/** Resources are those of a template whose conditions hold, and what functions ask of them. */
class Resources {
  readonly #byId = new Map<string, TemplateResource>();
  readonly #excluded = new Set<string>();
  readonly #evaluating: string[] = [];
  readonly #draft: StackDraft;
  readonly #findings: Findings;

  constructor(draft: StackDraft) {
    this.#draft = draft;
    this.#findings = draft.findings;
  }

  get all(): readonly TemplateResource[] {
    return [...this.#byId.values()];
  }

  /** `origins` are the resources of the template by those that were made of them. */
  add(definitions: JsonObject, intrinsics: Intrinsics, origins: ReadonlyMap<string, string>): void {
    for (const [logicalId, given] of Object.entries(definitions)) {
      const at = ["Resources", origins.get(logicalId) ?? logicalId];
      if (!isObject(given) || typeof given.Type !== "string") {
        this.#findings.add("error", at, "must be an object with a Type, such as AWS::ApiGateway::RestApi");
        continue;
      }
      this.#check(logicalId, at, given, definitions);
      const holds =
        given.Condition === undefined ||
        intrinsics.conditions.holds(String(given.Condition), [...at, "Condition"]);
      if (holds) this.#byId.set(logicalId, this.#resource(logicalId, at, given, intrinsics));
      else this.#excluded.add(logicalId);
    }
  }

  #check(logicalId: string, at: Place, given: JsonObject, definitions: JsonObject): void {
    if (!/^[A-Za-z0-9]{1,255}$/.test(logicalId))
      this.#findings.add("error", at, "a resource's name is 1 to 255 of a-z, A-Z and 0-9");
    for (const member of Object.keys(given))
      if (!RESOURCE_MEMBERS.has(member))
        this.#findings.add("error", [...at, member], `'${member}' is no attribute of a resource`);
    const { DependsOn: needs = [] } = given;
    for (const need of Array.isArray(needs) ? (needs as readonly Json[]) : [needs])
      if (typeof need !== "string" || !Object.hasOwn(definitions, need))
        this.#findings.add("error", [...at, "DependsOn"], `there is no resource '${String(need)}'`);
  }

  #resource(logicalId: string, at: Place, given: JsonObject, intrinsics: Intrinsics): TemplateResource {
    const type = String(given.Type);
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

  physicalId(resource: TemplateResource): Json | undefined {
    const type = RESOURCE_TYPES[resource.type];
    return type ? type.ref(resource, this.#draft) : foreignRef(resource, this.#draft.stack);
  }

  #find(logicalId: string, at: Place): TemplateResource | undefined {
    if (this.#excluded.has(logicalId))
      this.#findings.add("error", at, `'${logicalId}' is not made: its condition does not hold`);
    return this.#byId.get(logicalId);
  }

  ref(logicalId: string, at: Place): Json | undefined {
    const resource = this.#find(logicalId, at);
    // A name that is not known is told once, with its place.
    return resource ? (this.physicalId(resource) ?? "") : this.#excluded.has(logicalId) ? "" : undefined;
  }

  attribute(logicalId: string, attribute: string, at: Place): Json | undefined {
    const resource = this.#find(logicalId, at);
    if (!resource) {
      if (!this.#excluded.has(logicalId))
        this.#findings.add("error", at, `there is no resource '${logicalId}'`);
      return undefined;
    }
    const own = RESOURCE_TYPES[resource.type];
    const value = own
      ? own.attributes?.[attribute]?.(resource, this.#draft)
      : foreignAttribute(resource, attribute, this.#draft.stack);
    if (value === undefined)
      this.#findings.add(
        "error",
        at,
        `'${logicalId}', a ${resource.type}, has no attribute '${attribute}' that is known`,
      );
    return value;
  }
}

/** A resource's properties, their functions carried out. */
const propertiesOf = (resource: TemplateResource, names: readonly string[]): JsonObject =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = resource.property(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** Makes of a resource what it is. */
function emit(resource: TemplateResource, names: readonly string[], draft: StackDraft): void {
  const type = RESOURCE_TYPES[resource.type];
  if (!type) return;
  const given = propertiesOf(resource, names);
  const parsed = type.properties.safeParse(given);
  if (parsed.success) return type.emit(resource, parsed.data, draft);
  for (const { path, message } of parsed.error.issues.flatMap((issue) => problemsOf(issue, given)))
    draft.findings.add("error", [...resource.at, "Properties", ...path], message);
}

/** Tells of resources of which nothing is made: an error where only a gateway could make them, else whose they are. */
function checkTypes(resources: readonly TemplateResource[], findings: Findings): void {
  for (const { type, at } of resources) {
    if (RESOURCE_TYPES[type]) continue;
    const problem = notServed(type);
    if (problem !== undefined) findings.add("error", [...at, "Type"], `${type}: ${problem}`);
    else
      findings.add(
        "info",
        at,
        `nothing is made of it: a ${type} is not of the gateway, and is called where it runs`,
      );
  }
}

/** What becomes entities must be such. */
function checkEntities({ entities, findings }: StackDraft): void {
  for (const [i, { manifest, at }] of entities.entries()) {
    const parsed = parseManifest(manifest, i);
    for (const { path, message } of parsed.ok ? [] : parsed.problems)
      findings.add("error", [...at, "Properties"], `${path}: ${message}`);
  }
}

/** A template's resources, those of SAM made plain. */
function plainResources(template: Template, known: Known): Transformed {
  const resources = sectionOf(template, "Resources");
  const isSam = template.transforms.includes(SAM);
  if (!isSam && !isServerless(resources)) return { resources, origins: new Map(), aliases: new Map() };
  if (!isSam)
    template.findings.add("info", ["Resources"], `taken as SAM, though there is no 'Transform: ${SAM}'`);
  return transformServerless(template.root, known, template.findings);
}

/** AWS deploys no API without methods; here it is told, for what goes with it may be of use. */
function checkDeployments({ deployments, entities, findings }: StackDraft): void {
  const isServed = (restApiId: string) =>
    entities.some(
      ({ manifest: { kind, restApiId: api, spec } }) =>
        kind === "Resource" &&
        api === restApiId &&
        Object.keys((spec as { readonly methods: object }).methods).length > 0,
    );
  for (const { restApiId, at } of deployments)
    if (!isServed(restApiId)) findings.add("warning", at, "the API has no methods: nothing is served");
}

function outputsOf(
  template: Template,
  intrinsics: Intrinsics,
  aliases: ReadonlyMap<string, string>,
): Record<string, PlannedOutput> {
  const { findings } = template;
  const section = withAliases(sectionOf(template, "Outputs"), aliases) as JsonObject;
  return Object.fromEntries(
    Object.entries(section).flatMap(([name, given]) => {
      const at = ["Outputs", name];
      if (!isObject(given) || given.Value === undefined) {
        findings.add("error", at, "must be an object with a Value");
        return [];
      }
      if (given.Condition !== undefined && !intrinsics.conditions.holds(String(given.Condition), at))
        return [];
      const value = intrinsics.evaluate(given.Value, [...at, "Value"]);
      const named = isObject(given.Export)
        ? intrinsics.evaluate(given.Export.Name ?? "", [...at, "Export"])
        : undefined;
      const output = {
        value: Array.isArray(value) ? value.join(",") : typeof value === "object" ? "" : String(value ?? ""),
        ...(typeof given.Description === "string" ? { description: given.Description } : {}),
        ...(typeof named === "string" ? { exportName: named } : {}),
      };
      return [[name, output]];
    }),
  );
}

const STACK_NAME = /^[A-Za-z][A-Za-z0-9-]{0,127}$/;

/** planTemplate tells what a template becomes as a stack. */
export function planTemplate(template: Template, options: PlanOptions): StackPlan {
  const { findings, root } = template;
  const { name, accountId, region } = options;
  if (!STACK_NAME.test(name))
    findings.add("error", [], `the stack's name '${name}' must be letters, digits and -, a letter first`);
  const draft = new StackDraft({ name, accountId, region }, findings);
  const definitions = sectionOf(template, "Parameters");
  const parameters = parametersOf(
    definitions,
    options.parameters,
    options.previousParameters ?? {},
    findings,
  );
  const resources = new Resources(draft);
  const imports = new Set<string>();
  const intrinsics = new Intrinsics({
    parameters,
    pseudo: {
      "AWS::AccountId": accountId,
      "AWS::Region": region,
      "AWS::Partition": "aws",
      "AWS::URLSuffix": "amazonaws.com",
      "AWS::StackName": name,
      "AWS::StackId": `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${digestOf(name).slice(0, 12)}`,
      "AWS::NotificationARNs": [],
    },
    mappings: sectionOf(template, "Mappings"),
    conditions: sectionOf(template, "Conditions"),
    references: {
      ref: (logicalId, at) => resources.ref(logicalId, at),
      attribute: (logicalId, attribute, at) => resources.attribute(logicalId, attribute, at),
      exported: (exportName) => {
        imports.add(exportName);
        return options.exported?.(exportName);
      },
    },
    findings,
  });
  const isKnown = (name: string) => parameters.has(name) || name.startsWith("AWS::");
  const { resources: given, origins, aliases } = plainResources(template, { intrinsics, isKnown });
  resources.add(given, intrinsics, origins);
  checkTypes(resources.all, findings);
  for (const type of Object.keys(RESOURCE_TYPES))
    for (const resource of resources.all)
      if (resource.type === type) emit(resource, propertyNames(given, resource), draft);
  checkEntities(draft);
  checkDeployments(draft);
  return {
    description: typeof root.Description === "string" ? root.Description : "",
    parameters: shownParameters(definitions, parameters),
    entities: draft.entities,
    deployments: draft.deployments,
    resources: resources.all.map((resource) => ({
      logicalId: resource.logicalId,
      type: resource.type,
      physicalId: String(resources.physicalId(resource) ?? ""),
    })),
    notServed: resources.all
      .filter(({ type }) => !RESOURCE_TYPES[type] && notServed(type) !== undefined)
      .map((resource) => ({
        logicalId: resource.logicalId,
        type: resource.type,
        properties: propertiesOf(resource, propertyNames(given, resource)),
      })),
    outputs: outputsOf(template, intrinsics, aliases),
    imports: [...imports].sort(),
    findings: findings.all,
  };
}

function propertyNames(definitions: JsonObject, { logicalId }: TemplateResource): readonly string[] {
  const definition = definitions[logicalId];
  return isObject(definition) && isObject(definition.Properties) ? Object.keys(definition.Properties) : [];
}

/** planStack reads a template and tells what it becomes as a stack. Throws DefinitionError where it cannot be read. */
export const planStack = (text: string, options: PlanOptions): StackPlan =>
  planTemplate(withLocalFiles(readTemplate(text), options.files ?? {}), options);
