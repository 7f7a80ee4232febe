import { randomId } from "@tollgate/config";
import type { AccountView, Change, Draft } from "../../port.ts";
import {
  type AwsRequest,
  type JsonObject,
  type Operation,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { notFound } from "../apigateway/errors.ts";
import { page } from "./page.ts";
import type { Shelf } from "./shelf.ts";

/** Place is the call that an item is created, shown or changed in. */
export interface Place {
  readonly request: AwsRequest;
  readonly account: AccountView;
  readonly id: string;
}

/** Noun describes one kind of thing of the API, from which its operations to create, list, get, change and delete are made. */
export interface Noun<T> {
  /** Singular and plural in the names of operations. */
  readonly name: string;
  readonly names: string;
  /** Path of the list, for example /v2/apis/{apiId}/routes. */
  readonly path: string;
  /** Name of the path parameter that identifies one. */
  readonly idParameter: string;
  readonly shelf: Shelf<T>;
  readonly missing: (id: string, account: AccountView) => string;
  /** One as GET returns it. */
  readonly show: (item: T, place: Place) => JsonObject;
  /** One in the response to its creation and in lists, if it differs. */
  readonly showNew?: (item: T, place: Place) => JsonObject;
  readonly showListed?: (item: T, place: Place) => JsonObject;
  /** The id of a new one: how many characters AWS's ids have, or what the request names. */
  readonly newId: number | ((request: AwsRequest) => string);
  /** The spec of a new one. Absent: it is created in another way. */
  readonly create?: (place: Place) => object;
  /** What is written beside a new one. */
  readonly createBeside?: (place: Place) => readonly Draft[];
  /** The spec after an update. */
  readonly update: (item: T, place: Place) => object;
  readonly updateBeside?: (item: T, place: Place) => readonly Draft[];
  /** Refuses a deletion, or does nothing. */
  readonly beforeDelete?: (item: T, place: Place) => void;
  readonly createStatus?: number;
  readonly updateStatus?: number;
  readonly deleteStatus?: number;
  /** The name of the list; "items" if absent. */
  readonly list?: string;
}

/** found returns the item of a path. */
export function found<T>(noun: Noun<T>, account: AccountView, request: AwsRequest): T {
  const id = pathParameter(request, noun.idParameter);
  const item = noun.shelf.all(account, request).get(id);
  if (item === undefined) throw notFound(noun.missing(id, account));
  return item;
}

/** editOperation makes an operation that changes the item of its path. It returns nothing. */
export const editOperation = <T>(
  noun: Noun<T>,
  head: Pick<Operation, "name" | "method" | "path" | "status">,
  edit: (item: T, place: Place) => object,
): Operation => ({
  ...head,
  run: async (request) => {
    await request.application.change(request.accountId, (account) => {
      const item = found(noun, account, request);
      const id = pathParameter(request, noun.idParameter);
      return noun.shelf.put(account, request, id, edit(item, { request, account, id }));
    });
    return undefined;
  },
});

const both = (change: Change, puts: readonly Draft[] = []): Change => ({
  ...change,
  puts: [...(change.puts ?? []), ...puts],
});

const written = <T>(noun: Noun<T>, show: Noun<T>["show"], place: Place): JsonObject =>
  show(noun.shelf.all(place.account, place.request).get(place.id) as T, place);

const createOperation = <T>(noun: Noun<T>, create: NonNullable<Noun<T>["create"]>): Operation => ({
  name: `Create${noun.name}`,
  method: "POST",
  path: noun.path,
  status: noun.createStatus ?? 201,
  run: async (request) => {
    const { newId, shelf } = noun;
    const id = typeof newId === "number" ? randomId(newId) : newId(request);
    const account = await request.application.change(request.accountId, (present) => {
      shelf.all(present, request);
      const place = { request, account: present, id };
      return both(shelf.put(present, request, id, create(place)), noun.createBeside?.(place));
    });
    return written(noun, noun.showNew ?? noun.show, { request, account, id });
  },
});

const updateOperation = <T>(noun: Noun<T>): Operation => ({
  name: `Update${noun.name}`,
  method: "PATCH",
  path: `${noun.path}/{${noun.idParameter}}`,
  status: noun.updateStatus ?? 200,
  run: async (request) => {
    const id = pathParameter(request, noun.idParameter);
    const account = await request.application.change(request.accountId, (present) => {
      const item = found(noun, present, request);
      const place = { request, account: present, id };
      return both(
        noun.shelf.put(present, request, id, noun.update(item, place)),
        noun.updateBeside?.(item, place),
      );
    });
    return written(noun, noun.show, { request, account, id });
  },
});

const deleteOperation = <T>(noun: Noun<T>): Operation => ({
  name: `Delete${noun.name}`,
  method: "DELETE",
  path: `${noun.path}/{${noun.idParameter}}`,
  status: noun.deleteStatus ?? 204,
  run: async (request) => {
    const id = pathParameter(request, noun.idParameter);
    await request.application.change(request.accountId, (account) => {
      const item = found(noun, account, request);
      noun.beforeDelete?.(item, { request, account, id });
      return noun.shelf.remove(account, request, id);
    });
    return undefined;
  },
});

/** crud creates the operations of a noun. */
export const crud = <T>(noun: Noun<T>): readonly Operation[] => [
  ...(noun.create ? [createOperation(noun, noun.create)] : []),
  {
    name: `Get${noun.names}`,
    method: "GET",
    path: noun.path,
    status: 200,
    run: (request) => {
      const account = request.application.account(request.accountId);
      const show = noun.showListed ?? noun.show;
      const all = noun.shelf.all(account, request);
      return page(request, all, (id, item) => show(item, { request, account, id }), noun.list);
    },
  },
  {
    name: `Get${noun.name}`,
    method: "GET",
    path: `${noun.path}/{${noun.idParameter}}`,
    status: 200,
    run: (request) => {
      const account = request.application.account(request.accountId);
      const id = pathParameter(request, noun.idParameter);
      return noun.show(found(noun, account, request), { request, account, id });
    },
  },
  updateOperation(noun),
  deleteOperation(noun),
];
