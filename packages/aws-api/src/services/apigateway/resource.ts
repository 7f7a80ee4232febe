import { newChildId, pathProblem } from "@tollgate/config";
import type { AccountView } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  member,
  type Operation,
  orAbsent,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { knownApi } from "./crud.ts";
import { badRequest, conflict, notFound } from "./errors.ts";
import { showMethod } from "./method-shape.ts";
import { page } from "./page.ts";
import { applyPatch, refusalA } from "./patch.ts";
import { type ResourcePlace, type TreeNode, treeOf } from "./resource-tree.ts";

/** resourceOf returns the resource of a path. */
export function resourceOf(account: AccountView, request: AwsRequest, parameter = "resource_id"): TreeNode {
  const node = treeOf(account, pathParameter(request, "restapi_id")).get(pathParameter(request, parameter));
  if (!node || !account.get("RestApi", "", pathParameter(request, "restapi_id")))
    throw notFound("Invalid Resource identifier specified");
  return node;
}

/** placeOf returns the resource of a path without its parent, so that a stored one is found without reading the others. */
export function placeOf(account: AccountView, request: AwsRequest): ResourcePlace {
  const apiId = pathParameter(request, "restapi_id");
  const entity = account.get("Resource", apiId, pathParameter(request, "resource_id"))?.entity;
  if (!entity || !account.get("RestApi", "", apiId)) return resourceOf(account, request);
  return { id: entity.id, path: entity.spec.path, entity };
}

function show({ id, parentId, path, entity }: TreeNode, withMethods: boolean): JsonObject {
  const methods = Object.entries(entity?.spec.methods ?? {}).map(([verb, method]) => [
    verb,
    withMethods ? showMethod(verb, method, id) : {},
  ]);
  return compact({
    id,
    parentId,
    pathPart: path === "/" ? undefined : path.slice(path.lastIndexOf("/") + 1),
    path,
    resourceMethods: orAbsent(Object.fromEntries(methods) as object),
  });
}

const embedsMethods = ({ query }: AwsRequest) => query.getAll("embed").includes("methods");

/** Throws if a resource cannot have a path part, because it is invalid or conflicts with a sibling. */
function checkPart(tree: ReadonlyMap<string, TreeNode>, parent: TreeNode, part: string, own?: string): void {
  const siblings = [...tree.values()].filter(({ parentId, id }) => parentId === parent.id && id !== own);
  const partOf = ({ path }: TreeNode) => path.slice(path.lastIndexOf("/") + 1);
  if (siblings.some((sibling) => partOf(sibling) === part))
    throw conflict(`Another resource with the same parent already has this name: ${part}`);
  const variable = part.startsWith("{") && siblings.map(partOf).find((other) => other.startsWith("{"));
  if (variable)
    throw badRequest(
      `A sibling (${variable}) of this resource already has a variable path part -- only one is allowed`,
    );
  if (parent.path.endsWith("+}"))
    throw badRequest(`Cannot create a child of a resource with a greedy path variable: ${partOf(parent)}`);
  if (part === "" || part.includes("/") || pathProblem(`/${part}`))
    throw badRequest(
      "Resource's path part only allow a-zA-Z0-9._-:, or a valid greedy path variable and curly braces at the beginning and the end.",
    );
}

const join = (parent: string, part: string) => (parent === "/" ? `/${part}` : `${parent}/${part}`);

/** If nothing is stored for the parent, it is stored together with the child, as it would exist on AWS. */
const storeParent = (apiId: string, { id, path, entity }: TreeNode) =>
  entity ? [] : [{ kind: "Resource" as const, apiId, id, spec: { path, methods: {} } }];

async function createResource(request: AwsRequest): Promise<JsonObject> {
  const apiId = pathParameter(request, "restapi_id");
  const part = member(request.body, "pathPart", "string") ?? "";
  const id = newChildId();
  const account = await request.application.change(request.accountId, (present) => {
    const parent = resourceOf(present, request, "parent_id");
    checkPart(treeOf(present, apiId), parent, part);
    return {
      puts: [
        ...storeParent(apiId, parent),
        { kind: "Resource", apiId, id, spec: { path: join(parent.path, part), methods: {} } },
      ],
    };
  });
  return show(treeOf(account, apiId).get(id) as TreeNode, false);
}

async function deleteResource(request: AwsRequest): Promise<undefined> {
  const apiId = pathParameter(request, "restapi_id");
  await request.application.change(request.accountId, (present) => {
    const { path } = resourceOf(present, request);
    if (path === "/") throw badRequest("Root resource cannot be deleted.");
    const below = present
      .list("Resource", apiId)
      .filter(({ entity }) => entity.spec.path === path || entity.spec.path.startsWith(`${path}/`));
    return { deletes: below.map(({ entity }) => entity) };
  });
}

/** Moves a resource with everything below it. */
async function updateResource(request: AwsRequest): Promise<JsonObject> {
  const apiId = pathParameter(request, "restapi_id");
  const id = pathParameter(request, "resource_id");
  const account = await request.application.change(request.accountId, (present) => {
    const tree = treeOf(present, apiId);
    const node = resourceOf(present, request);
    const isRoot = node.path === "/";
    const refuseRoot = (what: string) => {
      if (isRoot) throw badRequest(`Root resource cannot update its ${what}.`);
    };
    const moved = applyPatch(
      { parentId: node.parentId, pathPart: node.path.slice(node.path.lastIndexOf("/") + 1) },
      request.body,
      {
        refusal: refusalA,
        rules: (["parentId", "pathPart"] as const).map((name) => ({
          path: `/${name}`,
          ops: ["replace"],
          apply: (spec, { value }) => {
            refuseRoot(name);
            spec[name] = value;
          },
        })),
      },
    ) as { parentId: string; pathPart: string };
    const parent = tree.get(moved.parentId);
    if (!parent) throw notFound("Invalid Resource identifier specified");
    if (parent.path === node.path || parent.path.startsWith(`${node.path}/`))
      throw badRequest("Resources cannot be cyclical.");
    checkPart(tree, parent, moved.pathPart, node.id);
    const path = join(parent.path, moved.pathPart);
    const below = present
      .list("Resource", apiId)
      .filter(({ entity }) => entity.spec.path === node.path || entity.spec.path.startsWith(`${node.path}/`));
    return {
      puts: below.map(({ entity }) => ({
        kind: "Resource",
        apiId,
        id: entity.id,
        spec: { ...entity.spec, path: path + entity.spec.path.slice(node.path.length) },
      })),
    };
  });
  return show(treeOf(account, apiId).get(id) as TreeNode, false);
}

/** resourceOperations are the operations of an API's tree of resources. */
export const resourceOperations: readonly Operation[] = [
  {
    name: "GetResources",
    method: "GET",
    path: "/restapis/{restapi_id}/resources",
    status: 200,
    run: (request) => {
      const account = request.application.account(request.accountId);
      knownApi(account, pathParameter(request, "restapi_id"));
      const nodes = [...treeOf(account, pathParameter(request, "restapi_id")).values()].sort((a, b) =>
        a.path < b.path ? -1 : 1,
      );
      return page(
        request,
        nodes.map((node) => show(node, embedsMethods(request))),
        ({ id }) => String(id),
      );
    },
  },
  {
    name: "GetResource",
    method: "GET",
    path: "/restapis/{restapi_id}/resources/{resource_id}",
    status: 200,
    run: (request) =>
      show(resourceOf(request.application.account(request.accountId), request), embedsMethods(request)),
  },
  {
    name: "CreateResource",
    method: "POST",
    path: "/restapis/{restapi_id}/resources/{parent_id}",
    status: 201,
    run: createResource,
  },
  {
    name: "UpdateResource",
    method: "PATCH",
    path: "/restapis/{restapi_id}/resources/{resource_id}",
    status: 200,
    run: updateResource,
  },
  {
    name: "DeleteResource",
    method: "DELETE",
    path: "/restapis/{restapi_id}/resources/{resource_id}",
    status: 202,
    run: deleteResource,
  },
];
