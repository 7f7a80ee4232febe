import type { Kind, SpecOf } from "@tollgate/config";
import type { AccountView, Change, Stored } from "../../port.ts";
import type { AwsRequest } from "../../protocol/rest-json/operation.ts";
import { notFound } from "../apigateway/errors.ts";

/** Shelf is where the things of one path are stored: as entities, or as members of one entity. */
export interface Shelf<T> {
  /** All of them by their ids. Throws AWS's error if what they belong to does not exist. */
  all(account: AccountView, request: AwsRequest): ReadonlyMap<string, T>;
  /** What writes one of them. */
  put(account: AccountView, request: AwsRequest, id: string, spec: object): Change;
  remove(account: AccountView, request: AwsRequest, id: string): Change;
}

/** apiOf returns the API of a path. */
export function apiOf(account: AccountView, { path }: AwsRequest): Stored<"Api"> {
  const { apiId = "" } = path;
  const api = account.get("Api", "", apiId);
  if (!api) throw notFound(`Invalid API identifier specified ${account.accountId}:${apiId}`);
  return api;
}

/** entities are the entities of a kind: of the API of the path, or of the account if the path has none. */
export const entities = <K extends Kind>(kind: K): Shelf<Stored<K>> => {
  const placeOf = (request: AwsRequest, id: string) => {
    const apiId = kind === "Api" ? "" : (request.path.apiId ?? "");
    return { kind, apiId, id };
  };
  return {
    all(account, request) {
      const { apiId } = placeOf(request, "");
      if (apiId !== "") apiOf(account, request);
      return new Map(account.list(kind, apiId).map((stored) => [stored.entity.id, stored]));
    },
    put: (_account, request, id, spec) => ({ puts: [{ ...placeOf(request, id), spec }] }),
    remove: (_account, request, id) => ({ deletes: [placeOf(request, id)] }),
  };
};

type Json = Readonly<Record<string, unknown>>;

/** One step to the members of an entity: the name of a member, or the id in a path with AWS's error if there is none. */
type Step = string | { readonly parameter: string; readonly missing: (id: string) => string };

const nameOf = (step: Step, { path }: AwsRequest) =>
  typeof step === "string" ? step : (path[step.parameter] ?? "");

/** The value of a step. A list of parts that an API of this protocol does not have is empty. */
function follow(from: Json, step: Step, request: AwsRequest): Json {
  const name = nameOf(step, request);
  if (Object.hasOwn(from, name)) return from[name] as Json;
  if (typeof step === "string") return {};
  throw notFound(step.missing(name));
}

const replace = (from: Json, names: readonly string[], value: unknown): Json => {
  const [name, ...rest] = names;
  if (name === undefined) return value as Json;
  return { ...from, [name]: replace((from[name] ?? {}) as Json, rest, value) };
};

/** parts are members of the API of the path, such as its routes, by their ids. `steps` lead to them. */
export const parts = <T>(...steps: readonly Step[]): Shelf<T> => {
  const itemsOf = (spec: Json, request: AwsRequest) =>
    steps.reduce((from, step) => follow(from, step, request), spec);
  const write = (account: AccountView, request: AwsRequest, edit: (items: Json) => Json): Change => {
    const { entity } = apiOf(account, request);
    const spec = entity.spec as Json;
    const names = steps.map((step) => nameOf(step, request));
    return { puts: [{ ...entity, spec: replace(spec, names, edit(itemsOf(spec, request))) }] };
  };
  return {
    all: (account, request) =>
      new Map(Object.entries(itemsOf(apiOf(account, request).entity.spec as Json, request))) as Map<
        string,
        T
      >,
    put: (account, request, id, spec) => write(account, request, (items) => ({ ...items, [id]: spec })),
    remove: (account, request, id) =>
      write(account, request, (items) =>
        Object.fromEntries(Object.entries(items).filter(([key]) => key !== id)),
      ),
  };
};

/** isWebSocket tells the protocols apart. */
export const isWebSocket = ({ entity: { spec } }: Stored<"Api">): boolean =>
  spec.protocolType === "WEBSOCKET";

export type ApiSpec = SpecOf<"Api">;
