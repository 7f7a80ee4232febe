import { digestOf, urlSuffix } from "@tollgate/config";
import { type Finding, isObject, type JsonObject } from "@tollgate/openapi";
import type { Place } from "./findings.ts";
import { ForeignValues } from "./foreign/foreign-values.ts";
import { Intrinsics } from "./intrinsics.ts";
import { withLocalFiles } from "./local-files.ts";
import { callableOutputs, outputsOf, type PlannedOutput } from "./outputs.ts";
import { parametersOf, shownParameters, undefinedIn } from "./parameters.ts";
import { notServed, RESOURCE_TYPES } from "./resource-types.ts";
import type { Known } from "./sam/known-values.ts";
import { isServerless, type Transformed, transformServerless } from "./sam/serverless.ts";
import { shown } from "./shown.ts";
import { checkDeployments, checkEntities, checkGiven, checkSecrets, checkTypes } from "./stack-checks.ts";
import { type PlannedDeployment, type PlannedEntity, StackDraft, type StackIdentity } from "./stack-draft.ts";
import { readTemplate, SAM, sectionOf, type Template } from "./template.ts";
import type { TemplateResource } from "./template-resource.ts";
import { resourceIn, TemplateResources } from "./template-resources.ts";

export interface PlanOptions extends StackIdentity {
  readonly parameters: Readonly<Record<string, string>>;
  /** The stack's previous parameters, which are used if none is given. */
  readonly previousParameters?: Readonly<Record<string, string>>;
  /** Files that the template names: those beside it by their paths, those in buckets as s3://bucket/key. */
  readonly files?: Readonly<Record<string, string>>;
  /** Where clients call APIs (apiUrl); absent: as on AWS. */
  readonly publicUrl?: string;
  /** The value that another stack exports under a name. */
  readonly exported?: (name: string) => string | undefined;
}

/** PlannedResource is a resource of a template and its physical id. */
export interface PlannedResource {
  readonly logicalId: string;
  readonly type: string;
  readonly physicalId: string;
}

/** StackPlan is the result of a template. If its findings contain an error, it is incomplete. */
export interface StackPlan {
  readonly description: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly entities: readonly PlannedEntity[];
  readonly deployments: readonly PlannedDeployment[];
  readonly resources: readonly PlannedResource[];
  /** Resources of the gateway that are not supported yet, with their properties. */
  readonly notServed: readonly (Omit<PlannedResource, "physicalId"> & { readonly properties: JsonObject })[];
  readonly outputs: Readonly<Record<string, PlannedOutput>>;
  /** Names of what it imports of other stacks. */
  readonly imports: readonly string[];
  readonly findings: readonly Finding[];
  /** Adds a warning about a place in the template to the findings. */
  readonly warn: (at: Place, message: string) => void;
}

/** A resource's properties with their functions evaluated. */
const propertiesOf = (resource: TemplateResource, names: readonly string[]): JsonObject =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = resource.property(name);
      return value === undefined ? [] : [[name, value]];
    }),
  );

/** A template's resources, with SAM's expanded. */
function plainResources(template: Template, known: Known): Transformed {
  const resources = sectionOf(template, "Resources");
  const isSam = template.transforms.includes(SAM);
  if (!isSam && !isServerless(resources)) return { resources, origins: undefined, aliases: new Map() };
  if (!isSam)
    template.findings.add("info", ["Resources"], `treated as SAM, although it has no 'Transform: ${SAM}'`);
  return transformServerless(template.root, known, template.findings);
}

/** What every template can refer to (AWS: pseudo parameters). */
const pseudoParameters = ({ name, accountId, region, publicUrl = "" }: PlanOptions): JsonObject => ({
  "AWS::AccountId": accountId,
  "AWS::Region": region,
  "AWS::Partition": "aws",
  "AWS::URLSuffix": urlSuffix(publicUrl) ?? "amazonaws.com",
  "AWS::StackName": name,
  "AWS::StackId": `arn:aws:cloudformation:${region}:${accountId}:stack/${name}/${digestOf(name).slice(0, 12)}`,
  "AWS::NotificationARNs": [],
});

/** The given values that the stack keeps: those of resources that it still has. */
const valuesOfForeign = (values: Readonly<Record<string, string>>, resources: TemplateResources) =>
  Object.fromEntries(Object.entries(values).filter(([name]) => resources.isForeign(resourceIn(name))));

/** The stack plan of a template. */
function planTemplate(template: Template, options: PlanOptions): StackPlan {
  const { findings, root } = template;
  const { name, accountId, region } = options;
  const draft = new StackDraft({ name, accountId, region }, findings, options.files);
  const definitions = sectionOf(template, "Parameters");
  const parameters = parametersOf(
    definitions,
    options.parameters,
    options.previousParameters ?? {},
    findings,
  );
  const values = undefinedIn(definitions, { ...options.previousParameters, ...options.parameters });
  const foreign = new ForeignValues(draft.stack, findings, values);
  const resources = new TemplateResources(draft, foreign);
  const imports = new Set<string>();
  const intrinsics = new Intrinsics({
    parameters,
    pseudo: pseudoParameters(options),
    mappings: sectionOf(template, "Mappings"),
    conditions: sectionOf(template, "Conditions"),
    references: {
      ref: (logicalId, at) => resources.ref(logicalId, at),
      attribute: (logicalId, attribute, at) => resources.attribute(logicalId, attribute, at),
      exported: (exportName) => {
        imports.add(exportName);
        return options.exported?.(exportName);
      },
      isUnknown: (value) => foreign.unknownIn(value).length > 0,
    },
    findings,
  });
  const isKnown = (name: string) => parameters.has(name) || name.startsWith("AWS::");
  const { resources: given, origins, aliases } = plainResources(template, { intrinsics, isKnown });
  resources.add(given, intrinsics, origins);
  checkGiven(options.parameters, definitions, resources, findings);
  checkTypes(resources.all, findings);
  const byType = Map.groupBy(resources.all, ({ type }) => type);
  for (const [name, type] of RESOURCE_TYPES)
    for (const resource of byType.get(name) ?? [])
      type.emit(resource, propertiesOf(resource, propertyNames(given, resource)), draft);
  checkEntities(draft, foreign);
  checkSecrets(draft, foreign);
  checkDeployments(draft);
  return {
    description: typeof root.Description === "string" ? root.Description : "",
    parameters: { ...shownParameters(definitions, parameters), ...valuesOfForeign(values, resources) },
    entities: draft.entities,
    deployments: draft.deployments,
    resources: resources.all.map((resource) => ({
      logicalId: resource.logicalId,
      type: resource.type,
      physicalId: shown(resources.physicalId(resource) ?? ""),
    })),
    notServed: resources.all
      .filter(({ type }) => !RESOURCE_TYPES.get(type) && notServed(type) !== undefined)
      .map((resource) => ({
        logicalId: resource.logicalId,
        type: resource.type,
        properties: propertiesOf(resource, propertyNames(given, resource)),
      })),
    outputs: callableOutputs(outputsOf(template, intrinsics, aliases), resources, options.publicUrl),
    imports: [...imports].sort(),
    findings: findings.all,
    warn: (at, message) => findings.add("warning", at, message),
  };
}

function propertyNames(definitions: JsonObject, { logicalId }: TemplateResource): readonly string[] {
  const definition = definitions[logicalId];
  return isObject(definition) && isObject(definition.Properties) ? Object.keys(definition.Properties) : [];
}

/** planStack reads a template and plans its stack. Throws DefinitionError if it is not valid. */
export const planStack = (text: string, options: PlanOptions): StackPlan =>
  planTemplate(withLocalFiles(readTemplate(text), options.files ?? {}), options);
