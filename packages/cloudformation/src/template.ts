import { DefinitionError, isObject, type JsonObject, jsonSource, yamlSource } from "@tollgate/openapi";
import { Findings } from "./findings.ts";
import { TEMPLATE_YAML } from "./short-forms.ts";
import { shown } from "./shown.ts";

/** AWS accepts 1 MB from a bucket (CloudFormation quotas). */
export const TEMPLATE_MAX_BYTES = 1024 * 1024;

/** Template is a parsed CloudFormation or SAM template with its functions in their long form. */
export interface Template {
  readonly root: JsonObject;
  /** Transforms that it names, such as AWS::Serverless-2016-10-31. */
  readonly transforms: readonly string[];
  readonly findings: Findings;
}

const SECTIONS = [
  "AWSTemplateFormatVersion",
  "Description",
  "Metadata",
  "Parameters",
  "Rules",
  "Mappings",
  "Conditions",
  "Transform",
  "Globals",
  "Resources",
  "Outputs",
  "Hooks",
];
const OBJECTS = ["Parameters", "Mappings", "Conditions", "Globals", "Resources", "Outputs"];

/** SAM is the transform that expands AWS::Serverless resources to plain ones. */
export const SAM = "AWS::Serverless-2016-10-31";
const LANGUAGE_EXTENSIONS = "AWS::LanguageExtensions";

function transformsOf({ Transform: given }: JsonObject): readonly string[] {
  const list = Array.isArray(given) ? (given as readonly unknown[]) : given === undefined ? [] : [given];
  return list.map((one) => (isObject(one) ? shown(one.Name) : shown(one)));
}

/** sectionOf is a section of a template; a missing one is empty. */
export const sectionOf = ({ root }: Template, name: string): JsonObject => {
  const section = root[name];
  return isObject(section) ? section : {};
};

function checkSections({ root, transforms, findings }: Template): void {
  for (const name of Object.keys(root))
    if (!SECTIONS.includes(name))
      findings.add(
        "error",
        [name],
        `'${name}' is not a section of a template: the sections are ${SECTIONS.join(", ")}`,
      );
  for (const name of OBJECTS)
    if (root[name] !== undefined && root[name] !== null && !isObject(root[name]))
      findings.add("error", [name], "must be an object");
  if (!isObject(root.Resources) || Object.keys(root.Resources).length === 0)
    findings.add("error", ["Resources"], "a template must have at least one resource");
  if (root.Rules !== undefined)
    findings.add("warning", ["Rules"], "rules are not checked: the parameters are used as given");
  for (const name of transforms)
    if (name !== SAM && name !== LANGUAGE_EXTENSIONS)
      findings.add("error", ["Transform"], `the transform '${name}' is not supported; use ${SAM}`);
}

/** readTemplate reads a template as JSON or YAML. Throws DefinitionError with the line of the first error. */
export function readTemplate(text: string): Template {
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes > TEMPLATE_MAX_BYTES)
    throw new DefinitionError(`the template has ${sizeBytes} bytes; the limit is ${TEMPLATE_MAX_BYTES}`);
  const isJson = /^\uFEFF?\s*\{\s*["}]/.test(text);
  const source = isJson ? jsonSource(text) : yamlSource(text, TEMPLATE_YAML);
  const { root } = source;
  if (!isObject(root)) throw new DefinitionError("a template must be an object with 'Resources'");
  const template = {
    root,
    transforms: transformsOf(root),
    findings: new Findings((path) => source.lineOf(path)),
  };
  checkSections(template);
  return template;
}
