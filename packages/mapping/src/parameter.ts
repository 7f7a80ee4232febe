/** RequestValues is what a request-side expression can read. Names of headers are matched in their exact case (AWS: known issues). */
export interface RequestValues {
  pathParameter(name: string): string | undefined;
  /** Decoded values in the order of the query string. */
  queryParameter(name: string): readonly string[];
  header(name: string): readonly string[];
  /** A dotted $context variable. */
  contextVariable(name: string): string | undefined;
}

/** ResponseValues is what a response-side expression can read. */
export interface ResponseValues {
  header(name: string): readonly string[];
  contextVariable(name: string): string | undefined;
}

/** Expression evaluates to one value, to several of a multi-value source, or to undefined where its source is absent or empty. */
export type Expression<Values> = (values: Values) => string | readonly string[] | undefined;

export type Compiled<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

const ok = <T>(value: T): Compiled<T> => ({ ok: true, value });
const presentOrNot = (value: string | undefined) => (value === undefined || value === "" ? undefined : value);

function shared<Values extends { contextVariable(name: string): string | undefined }>(
  text: string,
  stageVariables: Readonly<Record<string, string>>,
): Compiled<Expression<Values>> | undefined {
  const literal = /^'(.*)'$/s.exec(text)?.[1];
  if (literal !== undefined) return ok(() => presentOrNot(literal));
  const variable = /^stageVariables\.([A-Za-z0-9_]+)$/.exec(text)?.[1];
  if (variable !== undefined) {
    const value = presentOrNot(stageVariables[variable]);
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
  const common = shared<RequestValues>(text, stageVariables);
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
        message: text.startsWith("method.request.body")
          ? `'${text}': mapping from the body is not served yet`
          : `'${text}' must be method.request.{path|querystring|multivaluequerystring|header|multivalueheader}.{name}, context.{name}, stageVariables.{name} or a 'literal' in single quotes`,
      };
  }
}

/** compileResponseExpression compiles the right side of an integration response's responseParameters entry. */
export function compileResponseExpression(
  text: string,
  stageVariables: Readonly<Record<string, string>>,
): Compiled<Expression<ResponseValues>> {
  const common = shared<ResponseValues>(text, stageVariables);
  if (common) return common;
  const [, place, name = ""] = /^integration\.response\.(header|multivalueheader)\.(.+)$/.exec(text) ?? [];
  if (place === "header") return ok((values) => presentOrNot(values.header(name).at(-1)));
  if (place === "multivalueheader") return ok((values) => presentOrNot(values.header(name).join(",")));
  return {
    ok: false,
    message: text.startsWith("integration.response.body")
      ? `'${text}': mapping from the body is not served yet`
      : `'${text}' must be integration.response.{header|multivalueheader}.{name}, context.{name}, stageVariables.{name} or a 'literal' in single quotes`,
  };
}
