import { CommonError } from "../../aws-error.ts";
import type { Operation } from "./operation.ts";

interface Row {
  readonly operation: Operation;
  readonly segments: readonly string[];
}

/** FoundOperation is an operation and the parameters of its path. */
export interface FoundOperation {
  readonly operation: Operation;
  readonly path: Readonly<Record<string, string>>;
  /** The normalized path, as policies name it: without trailing slashes and unneeded escapes. */
  readonly resource: string;
}

const decode = (segment: string) => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
};

/** Routes finds the operation of a request in a table. */
export class Routes {
  readonly #rows: readonly Row[];

  constructor(operations: readonly Operation[]) {
    // Rows that require a query come first, because they are more specific.
    this.#rows = operations
      .map((operation) => ({ operation, segments: operation.path.split("/").slice(1) }))
      .sort((a, b) => Number(b.operation.where !== undefined) - Number(a.operation.where !== undefined));
  }

  /** find returns the operation of a request. A path parameter is one segment, in which slashes are escaped. */
  find(method: string, rawPath: string, query: URLSearchParams): FoundOperation {
    const given = rawPath.replace(/\/+$/, "").split("/").slice(1);
    for (const { operation, segments } of this.#rows) {
      if (operation.method !== method) continue;
      const { where } = operation;
      if (where && query.get(where[0]) !== where[1]) continue;
      const path = match(segments, given);
      if (path) return { operation, path, resource: resourceOf(operation, path) };
    }
    throw new CommonError(
      "unknown-operation",
      `the operation ${method} ${rawPath} does not exist or is not supported yet`,
    );
  }
}

const resourceOf = ({ path }: Operation, parameters: Readonly<Record<string, string>>) =>
  path.replace(/\{(\w+)\}/g, (_all, name: string) => encodeURIComponent(parameters[name] ?? ""));

/** The case of methods does not matter. */
const valueOf = (name: string, segment: string) =>
  name === "http_method" ? decode(segment).toUpperCase() : decode(segment);

/** ARNs, route keys and names of request parameters may contain slashes; a name with a slash could bypass policies. */
const mayHaveSlash = (name: string) => /(_arn|Arn|routeKey|requestParameterKey)$/.test(name);

function match(segments: readonly string[], given: readonly string[]): Record<string, string> | undefined {
  const path: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    const value = given[i];
    if (value === undefined) return undefined;
    const name = segment.startsWith("{") ? segment.slice(1, -1) : undefined;
    if (name !== undefined) {
      const decoded = valueOf(name, value);
      if (decoded === "" || (decoded.includes("/") && !mayHaveSlash(name))) return undefined;
      path[name] = decoded;
    } else if (segment !== value) return undefined;
  }
  return given.length === segments.length ? path : undefined;
}
