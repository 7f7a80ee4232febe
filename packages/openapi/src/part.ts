import type { Manifest } from "@tollgate/config";

/** Part is what of an API a place of a definition becomes. */
export type Part =
  | { readonly kind: "resource"; readonly path: string }
  | {
      readonly kind: "method" | "integration" | "integrationResponse";
      readonly path: string;
      readonly method: string;
    }
  | { readonly kind: "model" | "authorizer"; readonly name: string };

function partOfResource(path: string, [first, method, ...member]: readonly PropertyKey[]): Part {
  if (first !== "methods" || method === undefined) return { kind: "resource", path };
  const place = { path, method: String(method) };
  if (member[0] !== "integration") return { kind: "method", ...place };
  return { kind: member[1] === "integrationResponses" ? "integrationResponse" : "integration", ...place };
}

/** The part of an HTTP API: a route is called a method in a definition. */
function partOfHttpApi(spec: object, [list, id = ""]: readonly PropertyKey[]): Part | undefined {
  const { routes = {}, authorizers = {} } = spec as {
    readonly routes?: Readonly<Record<PropertyKey, { readonly routeKey: string }>>;
    readonly authorizers?: Readonly<Record<PropertyKey, { readonly name: string }>>;
  };
  if (list === "authorizers" && authorizers[id]) return { kind: "authorizer", name: authorizers[id].name };
  const [method = "", path] = list === "routes" && routes[id] ? routes[id].routeKey.split(" ") : [];
  return path === undefined ? undefined : { kind: "method", path, method };
}

/** partOf is the part that a member of a manifest belongs to; undefined: the API as a whole, or a part without a name in definitions. */
export function partOf({ kind, id = "", spec }: Manifest, member: readonly PropertyKey[]): Part | undefined {
  switch (kind) {
    case "Resource":
      return partOfResource((spec as { readonly path: string }).path, member);
    case "Model":
      return { kind: "model", name: id };
    case "Api":
      return partOfHttpApi(spec as object, member);
    default:
      return undefined;
  }
}
