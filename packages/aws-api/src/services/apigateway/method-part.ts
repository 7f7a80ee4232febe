import type { Method } from "@tollgate/config";
import {
  type AwsRequest,
  type JsonObject,
  type Operation,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { notFound } from "./errors.ts";
import { applyPatch, type PatchRule, refusalB } from "./patch.ts";
import { placeOf } from "./resource.ts";
import type { ResourcePlace } from "./resource-tree.ts";

export const METHOD_PATH = "/restapis/{restapi_id}/resources/{resource_id}/methods/{http_method}";

/** Messages for names that a map of a method or of one of its parts does not contain. */
export const NO_PARAMETER = "Invalid parameter name specified";
export const NO_CONTENT_TYPE = "Content-Type specified was not found";

export const verbOf = (request: AwsRequest): string => pathParameter(request, "http_method");
export const statusOf = (request: AwsRequest): string => pathParameter(request, "status_code");

type Methods = Readonly<Record<string, Method>>;
export const methodsOf = ({ entity }: ResourcePlace): Methods =>
  (entity?.spec.methods as Methods | undefined) ?? {};

/** methodOf returns the method of a path. */
export function methodOf(node: ResourcePlace, request: AwsRequest): Method {
  const methods = methodsOf(node);
  const method = Object.hasOwn(methods, verbOf(request)) ? methods[verbOf(request)] : undefined;
  if (!method) throw notFound("Invalid Method identifier specified");
  return method;
}

/** responseOf returns the response of a path from the responses of a method or an integration. */
export function responseOf<T>(responses: Readonly<Record<string, T>>, request: AwsRequest): T {
  const response = Object.hasOwn(responses, statusOf(request)) ? responses[statusOf(request)] : undefined;
  if (!response) throw notFound("Invalid Response status code specified");
  return response;
}

/** withEntry returns a map with an entry set, or without the entry if the value is undefined. */
export function withEntry<T extends object>(map: T, name: string, value: object | undefined): object {
  const { [name]: _old, ...others } = map as Record<string, unknown>;
  return value === undefined ? others : { ...others, [name]: value };
}

/** MethodPart describes a method or one of its parts, from which the operations to put, get, patch and delete it are made. */
export interface MethodPart<T extends object> {
  /** The name in its operations. */
  readonly name: "Method" | "MethodResponse" | "Integration" | "IntegrationResponse";
  readonly path: string;
  readonly updateStatus: number;
  /** The part of a path; throws NotFoundException if it does not exist. */
  readonly of: (node: ResourcePlace, request: AwsRequest) => T;
  /** The part that a body describes. */
  readonly create: (node: ResourcePlace, request: AwsRequest) => object;
  /** The method with this part, or without it. */
  readonly place: (node: ResourcePlace, request: AwsRequest, part: object | undefined) => object | undefined;
  readonly show: (part: T, request: AwsRequest, node: ResourcePlace) => JsonObject;
  readonly rules: readonly PatchRule[];
  /** What a deletion complains about where the method does not exist, if not the method. */
  readonly noMethod?: string;
}

/** edit changes one method of a resource, or removes it if `change` returns undefined. Returns the changed resource. */
async function edit(
  request: AwsRequest,
  change: (node: ResourcePlace) => object | undefined,
): Promise<ResourcePlace> {
  const apiId = pathParameter(request, "restapi_id");
  const account = await request.application.change(request.accountId, (present) => {
    const node = placeOf(present, request);
    const methods = withEntry(methodsOf(node), verbOf(request), change(node));
    return { puts: [{ kind: "Resource", apiId, id: node.id, spec: { path: node.path, methods } }] };
  });
  return placeOf(account, request);
}

/** partOperations creates the operations of a part. */
export function partOperations<T extends object>(part: MethodPart<T>): readonly Operation[] {
  const { name, path } = part;
  const shown = (node: ResourcePlace, request: AwsRequest) =>
    part.show(part.of(node, request), request, node);
  return [
    {
      name: `Put${name}`,
      method: "PUT",
      path,
      status: 201,
      run: async (request) =>
        shown(await edit(request, (node) => part.place(node, request, part.create(node, request))), request),
    },
    {
      name: `Get${name}`,
      method: "GET",
      path,
      status: 200,
      run: (request) => shown(placeOf(request.application.account(request.accountId), request), request),
    },
    {
      name: `Update${name}`,
      method: "PATCH",
      path,
      status: part.updateStatus,
      run: async (request) => {
        const table = { rules: part.rules, refusal: refusalB };
        const node = await edit(request, (present) =>
          part.place(present, request, applyPatch(part.of(present, request), request.body, table)),
        );
        return shown(node, request);
      },
    },
    {
      name: `Delete${name}`,
      method: "DELETE",
      path,
      status: 204,
      run: async (request) => {
        await edit(request, (node) => {
          if (part.noMethod !== undefined && !Object.hasOwn(methodsOf(node), verbOf(request)))
            throw notFound(part.noMethod);
          part.of(node, request);
          return part.place(node, request, undefined);
        });
        return undefined;
      },
    },
  ];
}
