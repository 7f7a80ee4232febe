import type { Kind } from "@tollgate/config";
import type { AccountView, Draft, Stored } from "../../port.ts";
import {
  type AwsRequest,
  type JsonObject,
  type Operation,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { notFound } from "./errors.ts";
import { page } from "./page.ts";
import { applyPatch, type PatchTable } from "./patch.ts";

/** Noun describes a kind of entity of the API, from which its operations to create, list, get, patch and delete are made. */
export interface Noun<K extends Kind> {
  readonly kind: K;
  /** Singular and plural in the names of operations, such as RequestValidator and RequestValidators. */
  readonly name: string;
  readonly names: string;
  /** Path of the list, for example /restapis/{restapi_id}/requestvalidators. */
  readonly path: string;
  /** Name of the path parameter that identifies an entity. */
  readonly idParameter: string;
  readonly missing: (id: string, accountId: string) => string;
  /** The entity as GET returns it. */
  readonly show: (stored: Stored<K>, request: AwsRequest, account: AccountView) => JsonObject;
  /** The entity as POST returns it, from what GET returns. */
  readonly showCreated?: (shown: JsonObject) => JsonObject;
  /** The entity as PATCH returns it, from what GET returns. */
  readonly showUpdated?: (shown: JsonObject) => JsonObject;
  /** The spec of a new entity from a body. Absent: entities are created in another way. */
  readonly create?: (
    request: AwsRequest,
    account: AccountView,
  ) => { readonly id: string; readonly spec: object };
  readonly patch?:
    | PatchTable
    | ((stored: Stored<K>, account: AccountView, request: AwsRequest) => PatchTable);
  /** Refuses a deletion, or returns what is written with it. */
  readonly beforeDelete?: (stored: Stored<K>, account: AccountView) => readonly Draft[] | void;
  /** Whether a deletion in an API that does not exist complains about the API instead of the entity. */
  readonly deletionNamesApi?: boolean;
  /** Filters the list. */
  readonly filter?: (stored: Stored<K>, request: AwsRequest) => boolean;
  /** The order of the list; by id if absent. */
  readonly order?: (a: Stored<K>, b: Stored<K>) => number;
  /** 201 if absent. */
  readonly createStatus?: number;
  /** Whether tags are shown even if there are none, which AWS does when one entity is read or changed, but not when it is created or listed. */
  readonly showsNoTags?: boolean;
}

/** apiIdOf returns the id of the API in a path. Empty: the path belongs to the account. */
export const apiIdOf = (request: AwsRequest): string => request.path.restapi_id ?? "";

/** missingApi is AWS's message for an API that does not exist. */
export const missingApi = (id: string, accountId: string): string =>
  `Invalid API identifier specified ${accountId}:${id}`;

/** knownApi returns the id of the API in a path, or throws AWS's error if it does not exist. */
export function knownApi(account: AccountView, apiId: string): Stored<"RestApi"> {
  const api = account.get("RestApi", "", apiId);
  if (!api) throw notFound(missingApi(apiId, account.accountId));
  return api;
}

/** found returns the entity of a path. */
export function found<K extends Kind>(noun: Noun<K>, account: AccountView, request: AwsRequest): Stored<K> {
  const id = pathParameter(request, noun.idParameter);
  const stored = account.get(noun.kind, apiIdOf(request), id);
  if (!stored) throw notFound(noun.missing(id, account.accountId));
  return stored;
}

const byName = (a: Stored, b: Stored) => (a.entity.id < b.entity.id ? -1 : 1);

/** The entity as it is shown when it is read or changed alone. */
const showOne = <K extends Kind>(noun: Noun<K>, ...shown: Parameters<Noun<K>["show"]>): JsonObject =>
  noun.showsNoTags ? { tags: {}, ...noun.show(...shown) } : noun.show(...shown);

const onePath = <K extends Kind>({ path, idParameter }: Noun<K>): string => `${path}/{${idParameter}}`;

const listOperation = <K extends Kind>(noun: Noun<K>): Operation => ({
  name: `Get${noun.names}`,
  method: "GET",
  path: noun.path,
  status: 200,
  run: (request) => {
    const account = request.application.account(request.accountId);
    if (request.path.restapi_id !== undefined) knownApi(account, request.path.restapi_id);
    const items = [...account.list(noun.kind, apiIdOf(request))]
      .filter((stored) => noun.filter?.(stored, request) ?? true)
      .sort(noun.order ?? byName);
    const ids = new Map<JsonObject, string>();
    const shown = items.map((stored) => {
      const item = noun.show(stored, request, account);
      ids.set(item, stored.entity.id);
      return item;
    });
    return page(request, shown, (item) => ids.get(item) ?? "");
  },
});

const getOperation = <K extends Kind>(noun: Noun<K>): Operation => ({
  name: `Get${noun.name}`,
  method: "GET",
  path: onePath(noun),
  status: 200,
  run: (request) => {
    const account = request.application.account(request.accountId);
    return showOne(noun, found(noun, account, request), request, account);
  },
});

const deleteOperation = <K extends Kind>(noun: Noun<K>): Operation => ({
  name: `Delete${noun.name}`,
  method: "DELETE",
  path: onePath(noun),
  status: 202,
  run: async (request) => {
    await request.application.change(request.accountId, (account) => {
      if (noun.deletionNamesApi) knownApi(account, apiIdOf(request));
      const stored = found(noun, account, request);
      return { puts: noun.beforeDelete?.(stored, account) ?? [], deletes: [stored.entity] };
    });
    return undefined;
  },
});

const written = <K extends Kind>(noun: Noun<K>, account: AccountView, request: AwsRequest, id: string) =>
  account.get(noun.kind, apiIdOf(request), id) as Stored<K>;

const createOperation = <K extends Kind>(
  noun: Noun<K>,
  create: NonNullable<Noun<K>["create"]>,
): Operation => ({
  name: `Create${noun.name}`,
  method: "POST",
  path: noun.path,
  status: noun.createStatus ?? 201,
  run: async (request) => {
    let id = "";
    const account = await request.application.change(request.accountId, (present) => {
      const made = create(request, present);
      id = made.id;
      return { puts: [{ kind: noun.kind, apiId: apiIdOf(request), ...made }] };
    });
    const shown = noun.show(written(noun, account, request, id), request, account);
    return noun.showCreated?.(shown) ?? shown;
  },
});

const updateOperation = <K extends Kind>(noun: Noun<K>, patch: NonNullable<Noun<K>["patch"]>): Operation => ({
  name: `Update${noun.name}`,
  method: "PATCH",
  path: onePath(noun),
  status: 200,
  run: async (request) => {
    const account = await request.application.change(request.accountId, (present) => {
      const stored = found(noun, present, request);
      const { kind, apiId, id, spec } = stored.entity;
      const table = typeof patch === "function" ? patch(stored, present, request) : patch;
      return { puts: [{ kind, apiId, id, spec: applyPatch(spec, request.body, table) }] };
    });
    const stored = written(noun, account, request, pathParameter(request, noun.idParameter));
    const shown = showOne(noun, stored, request, account);
    return noun.showUpdated?.(shown) ?? shown;
  },
});

/** crud creates the operations of a noun. */
export function crud<K extends Kind>(noun: Noun<K>): Operation[] {
  const { create, patch } = noun;
  const operations = [listOperation(noun), getOperation(noun), deleteOperation(noun)];
  if (create) operations.push(createOperation(noun, create));
  if (patch) operations.push(updateOperation(noun, patch));
  return operations;
}
