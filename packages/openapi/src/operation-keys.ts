const ANY = "x-amazon-apigateway-any-method";

/** Methods by the member of a path that is their operation. */
export const METHOD_OF_KEY: ReadonlyMap<string, string> = new Map([
  ...["get", "put", "post", "delete", "options", "head", "patch"].map(
    (key) => [key, key.toUpperCase()] as const,
  ),
  [ANY, "ANY"],
]);

/** keyOf is the member of a path for a method. */
export const keyOf = (method: string): string => (method === "ANY" ? ANY : method.toLowerCase());

/** NO_OPERATIONS are the members of a path that are not operations. */
export const NO_OPERATIONS: ReadonlySet<string> = new Set([
  "parameters",
  "summary",
  "description",
  "servers",
  "$ref",
]);
