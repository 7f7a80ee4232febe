import { JavaList, JSON_TEXT, jsonText, textOf, type Value } from "./java/value.ts";
import { compilePath, type JsonPath } from "./json-path/evaluate.ts";
import { JsonPathError } from "./json-path/syntax.ts";
import type { JsonBody } from "./template/input.ts";
import { RenderError } from "./velocity/state.ts";

/** RequestValues is what a request-side expression can read. Names of headers are matched in their exact case (AWS: known issues). */
export interface RequestValues {
  pathParameter(name: string): string | undefined;
  /** Decoded values in the order of the query string. */
  queryParameter(name: string): readonly string[];
  header(name: string): readonly string[];
  /** A dotted $context variable. */
  contextVariable(name: string): string | undefined;
  /** The payload as it came. */
  body(): JsonBody;
}

/** InvalidJson is thrown if a member is read from a body that begins like JSON and is not valid JSON. */
export class InvalidJson extends Error {}

/** ResponseValues is what a response-side expression can read. */
export interface ResponseValues {
  header(name: string): readonly string[];
  contextVariable(name: string): string | undefined;
  /** The integration's payload. */
  body(): JsonBody;
}

/** Expression evaluates to one value, to several of a multi-value source, or to undefined where its source is absent or empty. */
export type Expression<Values> = (values: Values) => string | readonly string[] | undefined;

export type Compiled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

const ok = <T>(value: T): Compiled<T> => ({ ok: true, value });
/** stageVariable reads a stage variable. Its name may be that of a member of every object, such as constructor. */
export function stageVariable(variables: Readonly<Record<string, string>>, name: string): string | undefined {
  const value: unknown = variables[name];
  return typeof value === "string" ? value : undefined;
}

const LITERAL = /^'(.*)'$/s;

/** isLiteral says whether an expression is a literal: it has the same value for every call. */
export const isLiteral = (text: string): boolean => LITERAL.test(text);

const presentOrNot = (value: string | undefined) => (value === undefined || value === "" ? undefined : value);

/** readsBody returns whether an expression needs the payload. */
export const readsBody = (text: string): boolean =>
  /^(method\.request|integration\.response)\.body(\.|\[|$)/.test(text);

const asText = (value: Value): string =>
  value instanceof Map || value instanceof JavaList ? jsonText(value, JSON_TEXT) : textOf(value);

/** A member of a body by its JSONPath; a body that does not begin like JSON has no members. */
function memberOf(body: JsonBody, expression: string, path: JsonPath): string | undefined {
  if (body.members) return body.members(expression);
  if (body.value === undefined) {
    if (/^\s*[[{"']/.test(body.text))
      throw new InvalidJson("the body begins like JSON but is not valid JSON");
    return undefined;
  }
  const found = find(path, body.value);
  return found === null ? undefined : presentOrNot(asText(found));
}

/** A path that exceeds its budget fails like a template that takes too long. */
function find(path: JsonPath, value: Value): Value {
  try {
    return path(value) ?? null;
  } catch (error) {
    throw error instanceof JsonPathError ? new RenderError(error.message, { cause: error }) : error;
  }
}

/** readMember evaluates an expression that reads only a body, of a request or a response. undefined: the source is absent or empty. Throws InvalidJson. */
export function readMember(expression: string, body: JsonBody): string | undefined {
  const compiled =
    bodyExpression<{ body(): JsonBody }>(expression, "method.request.body") ??
    bodyExpression<{ body(): JsonBody }>(expression, "integration.response.body");
  const value = compiled?.ok ? compiled.value({ body: () => body }) : undefined;
  return typeof value === "string" ? value : undefined;
}

/** body, or body.JSONPATH without its "$."; undefined: it is not such an expression. */
function bodyExpression<Values extends { body(): JsonBody }>(
  text: string,
  prefix: string,
): Compiled<Expression<Values>> | undefined {
  if (text === prefix) return ok((values) => presentOrNot(values.body().raw));
  const rest = text.startsWith(prefix) ? text.slice(prefix.length) : "";
  if (!/^[.[]/.test(rest)) return undefined;
  try {
    const path = compilePath(rest.startsWith(".$") ? rest.slice(1) : `$${rest}`);
    return ok((values) => memberOf(values.body(), text, path));
  } catch (error) {
    if (error instanceof JsonPathError) return { ok: false, message: `'${text}': ${error.message}` };
    throw error;
  }
}

function shared<Values extends { contextVariable(name: string): string | undefined }>(
  text: string,
  stageVariables: Readonly<Record<string, string>>,
): Compiled<Expression<Values>> | undefined {
  const literal = LITERAL.exec(text)?.[1];
  if (literal !== undefined) return ok(() => presentOrNot(literal));
  const variable = /^stageVariables\.([A-Za-z0-9_]+)$/.exec(text)?.[1];
  if (variable !== undefined) {
    const value = presentOrNot(stageVariable(stageVariables, variable));
    return ok(() => value);
  }
  const context = /^context\.([A-Za-z0-9_.]+)$/.exec(text)?.[1];
  if (context !== undefined) return ok((values) => presentOrNot(values.contextVariable(context)));
  return undefined;
}

/**
 * compileRequestExpression compiles the right side of a requestParameters entry (AWS: "API Gateway mapping template and access logging
 * variable reference", request parameters). Stage variables become constants.
 */
export function compileRequestExpression(
  text: string,
  stageVariables: Readonly<Record<string, string>>,
): Compiled<Expression<RequestValues>> {
  const common =
    shared<RequestValues>(text, stageVariables) ?? bodyExpression<RequestValues>(text, "method.request.body");
  if (common) return common;
  const [, place, name = ""] =
    /^method\.request\.(path|querystring|multivaluequerystring|header|multivalueheader)\.(.+)$/.exec(text) ??
    [];
  switch (place) {
    case "path":
      return ok((values) => presentOrNot(values.pathParameter(name)));
    case "querystring":
      return ok((values) => presentOrNot(values.queryParameter(name).at(-1)));
    case "multivaluequerystring":
      return ok((values) =>
        values.queryParameter(name).length > 0 ? values.queryParameter(name) : undefined,
      );
    case "header":
      return ok((values) => presentOrNot(values.header(name).at(-1)));
    case "multivalueheader":
      return ok((values) => presentOrNot(values.header(name).join(",")));
    default:
      return {
        ok: false,
        message: `'${text}' must be method.request.{path|querystring|multivaluequerystring|header|multivalueheader}.{name}, method.request.body, method.request.body.{JSONPath}, context.{name}, stageVariables.{name} or a 'literal' in single quotes`,
      };
  }
}

/** compileResponseExpression compiles the right side of an integration response's responseParameters entry. */
export function compileResponseExpression(
  text: string,
  stageVariables: Readonly<Record<string, string>>,
): Compiled<Expression<ResponseValues>> {
  const common =
    shared<ResponseValues>(text, stageVariables) ??
    bodyExpression<ResponseValues>(text, "integration.response.body");
  if (common) return common;
  const [, place, name = ""] = /^integration\.response\.(header|multivalueheader)\.(.+)$/.exec(text) ?? [];
  if (place === "header") return ok((values) => presentOrNot(values.header(name).at(-1)));
  if (place === "multivalueheader") return ok((values) => presentOrNot(values.header(name).join(",")));
  return {
    ok: false,
    message: `'${text}' must be integration.response.{header|multivalueheader}.{name}, integration.response.body, integration.response.body.{JSONPath}, context.{name}, stageVariables.{name} or a 'literal' in single quotes`,
  };
}
