import {
  type DocumentationLocation,
  type DocumentationPartType,
  documentationLocation,
  type SpecOf,
} from "@tollgate/config";
import { isObject, type Json, type JsonObject, parseDefinition } from "./document.ts";
import { METHOD_OF_KEY } from "./operation-keys.ts";
import { type Finding, Report } from "./report.ts";

const DOCUMENTATION = "x-amazon-apigateway-documentation";

/** DocumentedPart is the documentation of one part of an API; properties is a JSON object as a string. */
export interface DocumentedPart {
  readonly location: DocumentationLocation;
  readonly properties: string;
}

const PARAMETERS: ReadonlyMap<string, DocumentationPartType> = new Map(
  Object.entries<DocumentationPartType>({
    path: "PATH_PARAMETER",
    query: "QUERY_PARAMETER",
    header: "REQUEST_HEADER",
  }),
);

const objects = (value: Json | undefined): [string, JsonObject][] =>
  isObject(value)
    ? Object.entries(value).flatMap(([name, item]) =>
        isObject(item) ? [[name, item] as [string, JsonObject]] : [],
      )
    : [];

/** Collects documentation from the standard members of a definition, such as description and summary. */
class Descriptions {
  readonly parts: DocumentedPart[] = [];

  add(location: DocumentationLocation, from: JsonObject, members: readonly string[]): void {
    const said = Object.fromEntries(
      members.flatMap((name) => (from[name] === undefined || from[name] === "" ? [] : [[name, from[name]]])),
    );
    if (Object.keys(said).length > 0) this.parts.push({ location, properties: JSON.stringify(said) });
  }

  addOperation(path: string, method: string, operation: JsonObject): void {
    const at = { path, method };
    this.add({ type: "METHOD", ...at }, operation, ["summary", "description", "tags"]);
    this.addParameters(at, operation.parameters);
    if (isObject(operation.requestBody))
      this.add({ type: "REQUEST_BODY", ...at }, operation.requestBody, ["description"]);
    for (const [statusCode, response] of objects(operation.responses)) {
      if (!/^[1-5]\d\d$/.test(statusCode)) continue;
      // The default description of an export.
      if (response.description !== `${statusCode} response`)
        this.add({ type: "RESPONSE", ...at, statusCode }, response, ["description"]);
      for (const [name, header] of objects(response.headers))
        this.add({ type: "RESPONSE_HEADER", ...at, statusCode, name }, header, ["description"]);
    }
  }

  addParameters(at: { readonly path: string; readonly method: string }, list: Json | undefined): void {
    for (const parameter of Array.isArray(list) ? (list as readonly Json[]) : []) {
      if (!isObject(parameter) || typeof parameter.name !== "string") continue;
      const type = PARAMETERS.get(String(parameter.in));
      if (type) this.add({ type, ...at, name: parameter.name }, parameter, ["description"]);
      else if (parameter.in === "body") this.add({ type: "REQUEST_BODY", ...at }, parameter, ["description"]);
    }
  }
}

/** describedParts are the parts from the standard members of the definition. */
function describedParts(root: JsonObject): DocumentedPart[] {
  const said = new Descriptions();
  const info = isObject(root.info) ? root.info : {};
  if (typeof info.description === "string" && info.description !== "")
    said.parts.push({
      location: { type: "API" },
      properties: JSON.stringify({ info: { description: info.description } }),
    });
  for (const [path, item] of objects(root.paths)) {
    if (!path.startsWith("/")) continue;
    said.add({ type: "RESOURCE", path }, item, ["summary", "description"]);
    said.addParameters({ path, method: "*" }, item.parameters);
    for (const [key, operation] of objects(item)) {
      const method = METHOD_OF_KEY.get(key);
      if (method) said.addOperation(path, method, operation);
    }
  }
  const components = isObject(root.components) ? root.components : {};
  for (const [name, schema] of objects(root.definitions ?? components.schemas))
    said.add({ type: "MODEL", name }, schema, ["title", "description"]);
  for (const [name, scheme] of objects(root.securityDefinitions ?? components.securitySchemes))
    if (scheme["x-amazon-apigateway-authorizer"] !== undefined)
      said.add({ type: "AUTHORIZER", name }, scheme, ["description"]);
  return said.parts;
}

/** extensionParts are the parts of x-amazon-apigateway-documentation; an invalid one is left out with a warning. */
function extensionParts(root: JsonObject, report: Report): DocumentedPart[] {
  const extension = root[DOCUMENTATION];
  if (!isObject(extension)) return [];
  const list = Array.isArray(extension.documentationParts)
    ? (extension.documentationParts as readonly Json[])
    : [];
  return list.flatMap((part, i) => {
    const at = [DOCUMENTATION, "documentationParts", String(i)];
    const { location, properties } = isObject(part) ? part : {};
    const parsed = documentationLocation.safeParse(location);
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      report.add("warning", [...at, "location"], `was left out: ${issue?.path.join(".")}: ${issue?.message}`);
      return [];
    }
    if (!isObject(properties)) {
      report.add("warning", [...at, "properties"], "must be an object; the part was left out");
      return [];
    }
    return [{ location: parsed.data, properties: JSON.stringify(properties) }];
  });
}

/** partsOf is all documentation of a definition; of two parts about the same thing the later one is used. */
export const partsOf = (root: JsonObject, report: Report, prefix = ""): DocumentedPart[] => [
  ...describedParts(root).map(({ location, properties }) => {
    const { path } = location;
    if (path === undefined || prefix === "") return { location, properties };
    return { location: { ...location, path: prefix + (path === "/" ? "" : path) }, properties };
  }),
  ...extensionParts(root, report),
];

/** readDocumentation is the documentation of an OpenAPI 3 or Swagger 2 definition, JSON or YAML. Throws DefinitionError. */
export function readDocumentation(text: string): {
  readonly parts: readonly DocumentedPart[];
  readonly findings: readonly Finding[];
} {
  const document = parseDefinition(text);
  const report = new Report(document);
  return { parts: partsOf(document.root, report), findings: report.findings };
}

/** The contents of an API, by the names that documentation uses. */
export interface Documentable {
  readonly resources: readonly SpecOf<"Resource">[];
  readonly models: readonly string[];
  readonly authorizers: readonly string[];
}

const SOURCES: ReadonlyMap<string, DocumentationPartType> = new Map(
  Object.entries<DocumentationPartType>({
    path: "PATH_PARAMETER",
    querystring: "QUERY_PARAMETER",
    header: "REQUEST_HEADER",
  }),
);

type Method = SpecOf<"Resource">["methods"][keyof SpecOf<"Resource">["methods"]];

function ofMethod(path: string, verb: string, method: NonNullable<Method>): DocumentationLocation[] {
  const at = { path, method: verb };
  const parameters = Object.keys(method.requestParameters).flatMap((key) => {
    const [, , source = "", ...name] = key.split(".");
    const type = SOURCES.get(source);
    return type ? [{ type, ...at, name: name.join(".") }] : [];
  });
  const responses = Object.entries(method.methodResponses).flatMap(([statusCode, response]) => {
    const where = { ...at, statusCode };
    return [
      { type: "RESPONSE" as const, ...where },
      ...(Object.keys(response.responseModels ?? {}).length > 0
        ? [{ type: "RESPONSE_BODY" as const, ...where }]
        : []),
      ...Object.keys(response.responseParameters ?? {}).map((key) => ({
        type: "RESPONSE_HEADER" as const,
        ...where,
        name: key.split(".").slice(3).join("."),
      })),
    ];
  });
  return [
    { type: "METHOD", ...at },
    ...parameters,
    ...(Object.keys(method.requestModels).length > 0 ? [{ type: "REQUEST_BODY" as const, ...at }] : []),
    ...responses,
  ];
}

/** documentable is every location of an API that a part could be about. */
export const documentable = ({ resources, models, authorizers }: Documentable): DocumentationLocation[] => [
  { type: "API" },
  ...authorizers.map((name) => ({ type: "AUTHORIZER" as const, name })),
  ...models.map((name) => ({ type: "MODEL" as const, name })),
  ...resources.flatMap(({ path, methods }) => [
    { type: "RESOURCE" as const, path },
    ...Object.entries(methods).flatMap(([verb, method]) => ofMethod(path, verb, method)),
  ]),
];
