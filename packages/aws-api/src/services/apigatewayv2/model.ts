import type { SpecOf } from "@tollgate/config";
import { stableId } from "@tollgate/openapi";
import type { AccountView } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  type Operation,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { badRequest, conflict } from "../apigateway/errors.ts";
import { sampleTemplate } from "../apigateway/model.ts";
import { crud, found, type Noun, type Place } from "./crud.ts";
import { changed, clearable, type Members, readMembers, text } from "./members.ts";
import { type ApiSpec, apiOf, type Shelf } from "./shelf.ts";

type WebSocketApi = Extract<SpecOf<"Api">, { protocolType: "WEBSOCKET" }>;
type StoredModel = WebSocketApi["models"][string];

/** A model with its name, by which an API stores it and routes refer to it. */
export interface NamedModel extends Omit<StoredModel, "modelId"> {
  readonly name: string;
}

const MEMBERS: Members = {
  contentType: text(),
  description: text(clearable),
  name: text(),
  schema: text(),
};

const SCHEMA_MAX = 32_768;

/** A model without an id of its own has one that stays the same. */
const idOf = (apiId: string, name: string, { modelId }: StoredModel) =>
  modelId ?? stableId(`${apiId}/models/${name}`).slice(-6);

const modelsOf = (api: ApiSpec) => (api.protocolType === "WEBSOCKET" ? api.models : {});

/** Models by their ids. An API stores them by their names. */
const shelf: Shelf<NamedModel> = {
  all: (account, request) => {
    const { entity } = apiOf(account, request);
    return new Map(
      Object.entries(modelsOf(entity.spec)).map(([name, model]) => [
        idOf(entity.id, name, model),
        { ...model, name },
      ]),
    );
  },
  put: (account, request, modelId, spec) => {
    const { name, ...model } = spec as NamedModel;
    const before = shelf.all(account, request).get(modelId)?.name;
    return write(account, request, ({ models, routes }) => ({
      models: { ...without(models, modelId, request), [name]: { ...model, modelId } },
      routes: before === undefined || before === name ? routes : withNewName(routes, before, name),
    }));
  },
  remove: (account, request, modelId) =>
    write(account, request, ({ models }) => ({ models: without(models, modelId, request) })),
};

function write(account: AccountView, request: AwsRequest, edit: (api: WebSocketApi) => object) {
  const { entity } = apiOf(account, request);
  const { spec } = entity;
  // Only WebSocket APIs have models.
  const edited = spec.protocolType === "WEBSOCKET" ? edit(spec) : {};
  return { puts: [{ ...entity, spec: { ...spec, ...edited } }] };
}

/** The routes with a model's new name where they refer to it: Terraform renames a model before it changes its routes. */
function withNewName(routes: WebSocketApi["routes"], before: string, name: string): object {
  const inMap = (models: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(models).map(([key, one]) => [key, one === before ? name : one]));
  const inResponses = (responses: WebSocketApi["routes"][string]["routeResponses"]) =>
    Object.fromEntries(
      Object.entries(responses).map(([id, one]) => [
        id,
        { ...one, responseModels: inMap(one.responseModels) },
      ]),
    );
  return Object.fromEntries(
    Object.entries(routes).map(([id, route]) => [
      id,
      {
        ...route,
        requestModels: inMap(route.requestModels),
        routeResponses: inResponses(route.routeResponses),
      },
    ]),
  );
}

const without = (models: WebSocketApi["models"], modelId: string, request: AwsRequest) =>
  Object.fromEntries(
    Object.entries(models).filter(
      ([name, model]) => idOf(pathParameter(request, "apiId"), name, model) !== modelId,
    ),
  );

function checked(item: object, { account, request, id }: Place): object {
  const model = changed(item, readMembers(request.body, MEMBERS), MEMBERS) as Partial<NamedModel>;
  const { name = "", schema = "" } = model;
  if (!/^[A-Za-z0-9]{1,128}$/.test(name)) throw badRequest(`Model name must be alphanumeric: ${name}`);
  if (schema === "") throw badRequest("Model schema must have at least 1 property or array items defined");
  if (schema.length > SCHEMA_MAX) throw badRequest(`Model schema must not exceed ${SCHEMA_MAX} characters`);
  try {
    JSON.parse(schema);
  } catch (error) {
    throw badRequest(`Invalid model specified: the schema is not JSON: ${(error as Error).message}`);
  }
  for (const [otherId, other] of shelf.all(account, request))
    if (otherId !== id && other.name === name)
      throw conflict(`Model with name ${name} already exists for this API`);
  return model;
}

/** The route that uses a model of a name; undefined: none does. */
function userOf(api: ApiSpec, name: string): string | undefined {
  const routes = api.protocolType === "WEBSOCKET" ? Object.values(api.routes) : [];
  return routes.find(({ requestModels, routeResponses }) => {
    const responses = Object.values(routeResponses).flatMap(({ responseModels }) =>
      Object.values(responseModels),
    );
    return [...Object.values(requestModels), ...responses].includes(name);
  })?.routeKey;
}

const noun: Noun<NamedModel> = {
  name: "Model",
  names: "Models",
  path: "/v2/apis/{apiId}/models",
  idParameter: "modelId",
  shelf,
  missing: (id) => `Invalid Model identifier specified ${id}`,
  newId: 6,
  show: ({ contentType, description, name, schema }, { id }): JsonObject =>
    compact({ contentType, description, modelId: id, name, schema }),
  create: (place) => {
    if (apiOf(place.account, place.request).entity.spec.protocolType === "HTTP")
      throw badRequest("Currently, Models are not permitted for APIs with a protocol type of HTTP");
    return checked({}, place);
  },
  update: checked,
  beforeDelete: ({ name }, { account, request }) => {
    const user = userOf(apiOf(account, request).entity.spec, name);
    if (user !== undefined) throw conflict(`Cannot delete model '${name}', is referenced in route: ${user}`);
  },
};

/** modelOperations are the operations of models, the schemas of the messages of WebSocket APIs. */
export const modelOperations: readonly Operation[] = [
  ...crud(noun),
  {
    name: "GetModelTemplate",
    method: "GET",
    path: `${noun.path}/{modelId}/template`,
    status: 200,
    run: (request) => {
      const { schema } = found(noun, request.application.account(request.accountId), request);
      return { value: sampleTemplate(JSON.parse(schema) as object, "$inputRoot", 0) };
    },
  },
];
