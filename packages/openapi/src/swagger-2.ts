import { isObject, type Json, type JsonObject } from "./document.ts";
import { pointerParts, valueAt } from "./json-pointer.ts";
import { METHOD_OF_KEY } from "./operation-keys.ts";

/** SourceForm translates findings of a converted definition to its file. */
export interface SourceForm {
  /** The place in the file. */
  readonly pathOf: (path: readonly string[]) => readonly string[];
  /** A message with the references of the file. */
  readonly textOf: (message: string) => string;
}

const DEFAULT_TYPES = ["application/json"];

const texts = (value: Json | undefined): readonly string[] | undefined =>
  Array.isArray(value) ? value.filter((one): one is string => typeof one === "string") : undefined;

/** The target of a parameter's $ref; other parameters are returned unchanged. */
function parameterOf(value: Json, root: JsonObject): Json {
  if (!isObject(value) || typeof value.$ref !== "string") return value;
  const name = /^#\/parameters\/(.+)$/.exec(value.$ref)?.[1];
  const parameters = isObject(root.parameters) ? root.parameters : {};
  const found = name === undefined ? undefined : valueAt(parameters, pointerParts(name));
  return isObject(found) && found.in === "body" ? found : value;
}

/** A body is one of the parameters in Swagger 2: each media type that is consumed has its schema. */
function bodyOf(body: JsonObject, consumes: readonly string[]): JsonObject {
  const { name: _name, in: _in, schema, ...others } = body;
  const content = Object.fromEntries(consumes.map((type) => [type, schema === undefined ? {} : { schema }]));
  return { ...others, content };
}

function responseOf(response: Json, produces: readonly string[]): Json {
  if (!isObject(response) || response.schema === undefined) return response;
  const { schema, ...others } = response;
  return { ...others, content: Object.fromEntries(produces.map((type) => [type, { schema }])) };
}

const listOf = (value: Json | undefined): readonly Json[] =>
  Array.isArray(value) ? (value as readonly Json[]) : [];
const isBody = (parameter: Json): parameter is JsonObject => isObject(parameter) && parameter.in === "body";

function operationOf(operation: JsonObject, item: JsonObject, root: JsonObject): JsonObject {
  const consumes = texts(operation.consumes) ?? texts(root.consumes) ?? DEFAULT_TYPES;
  const produces = texts(operation.produces) ?? texts(root.produces) ?? DEFAULT_TYPES;
  const own = listOf(operation.parameters).map((parameter) => parameterOf(parameter, root));
  const body = [...own, ...listOf(item.parameters).map((parameter) => parameterOf(parameter, root))].find(
    isBody,
  );
  const responses = isObject(operation.responses) ? operation.responses : {};
  return {
    ...operation,
    // Places are kept, because findings contain them.
    parameters: own.map((parameter) => (isBody(parameter) ? null : parameter)),
    ...(body ? { requestBody: bodyOf(body, consumes) } : {}),
    responses: Object.fromEntries(
      Object.entries(responses).map(([status, response]) => [status, responseOf(response, produces)]),
    ),
  };
}

function itemOf(item: Json, root: JsonObject): Json {
  if (!isObject(item)) return item;
  return Object.fromEntries(
    Object.entries(item).map(([key, value]) => {
      if (METHOD_OF_KEY.has(key) && isObject(value)) return [key, operationOf(value, item, root)];
      if (key !== "parameters") return [key, value];
      return [
        key,
        listOf(value).map((parameter) => (isBody(parameterOf(parameter, root)) ? null : parameter)),
      ];
    }),
  );
}

/** fromSwagger2 is a Swagger 2.0 definition in the form of OpenAPI 3.0, and how to translate its findings to the file. */
export function fromSwagger2(given: JsonObject): { readonly root: JsonObject; readonly source: SourceForm } {
  const root = JSON.parse(
    JSON.stringify(given).replaceAll('"#/definitions/', '"#/components/schemas/'),
  ) as JsonObject;
  const { definitions, securityDefinitions, paths, host, basePath, responses } = root;
  const produces = texts(root.produces) ?? DEFAULT_TYPES;
  const server = `https://${typeof host === "string" ? host : "localhost"}${typeof basePath === "string" ? basePath : ""}`;
  const converted: JsonObject = {
    ...root,
    openapi: "3.0.1",
    servers: [{ url: server }],
    ...(isObject(paths)
      ? { paths: Object.fromEntries(Object.entries(paths).map(([path, item]) => [path, itemOf(item, root)])) }
      : {}),
    // Those that operations refer to stay at their place.
    ...(isObject(responses)
      ? {
          responses: Object.fromEntries(
            Object.entries(responses).map(([name, response]) => [name, responseOf(response, produces)]),
          ),
        }
      : {}),
    components: {
      ...(isObject(definitions) ? { schemas: definitions } : {}),
      ...(isObject(securityDefinitions) ? { securitySchemes: securityDefinitions } : {}),
    },
  };
  return {
    root: converted,
    source: { pathOf, textOf: (message) => message.replaceAll("#/components/schemas/", "#/definitions/") },
  };
}

function pathOf(path: readonly string[]): readonly string[] {
  const [first, second, ...rest] = path;
  if (first === "openapi") return ["swagger"];
  if (first === "components" && second === "schemas") return ["definitions", ...rest];
  if (first === "components" && second === "securitySchemes") return ["securityDefinitions", ...rest];
  const body = path.indexOf("requestBody");
  if (body >= 0) return [...path.slice(0, body), "parameters"];
  const content = path.indexOf("content");
  return content >= 0 ? [...path.slice(0, content), "schema"] : path;
}
