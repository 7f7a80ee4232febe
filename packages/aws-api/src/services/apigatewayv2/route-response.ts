import type { SpecOf } from "@tollgate/config";
import type { JsonObject, Operation } from "../../protocol/rest-json/operation.ts";
import { badRequest, conflict } from "../apigateway/errors.ts";
import { crud, type Noun, type Place } from "./crud.ts";
import {
  added,
  changed,
  clearable,
  flag,
  type Members,
  merged,
  readMembers,
  structuresByName,
  text,
  textsByName,
} from "./members.ts";
import { shownParameters, storedParameters } from "./request-parameters.ts";
import { withoutEmpty } from "./rule.ts";
import { apiOf, parts } from "./shelf.ts";

type WebSocketApi = Extract<SpecOf<"Api">, { protocolType: "WEBSOCKET" }>;
type Response = WebSocketApi["routes"][string]["routeResponses"][string];

const MEMBERS: Members = {
  modelSelectionExpression: text(clearable),
  responseModels: textsByName(merged),
  responseParameters: structuresByName({ required: flag() }, added),
  routeResponseKey: text(),
};

const shelf = parts<Response>(
  "routes",
  { parameter: "routeId", missing: (id) => `Invalid Route identifier specified ${id}` },
  "routeResponses",
);

function checked(item: object, { account, request, id }: Place): object {
  if (apiOf(account, request).entity.spec.protocolType === "HTTP")
    throw badRequest("RouteResponses are currently not supported for this API protocol type.");
  const { responseParameters, ...given } = readMembers(request.body, MEMBERS);
  const parameters =
    responseParameters === undefined ? {} : { responseParameters: storedParameters(responseParameters) };
  const response = changed(item, { ...given, ...parameters }, MEMBERS) as Partial<Response>;
  if (response.routeResponseKey !== "$default")
    throw badRequest("Currently, only $default is supported as a RouteResponseKey.");
  for (const otherId of shelf.all(account, request).keys())
    if (otherId !== id) throw conflict("RouteResponse with key $default already exists for this Route");
  return response;
}

const noun: Noun<Response> = {
  name: "RouteResponse",
  names: "RouteResponses",
  path: "/v2/apis/{apiId}/routes/{routeId}/routeresponses",
  idParameter: "routeResponseId",
  shelf,
  missing: (id) => `Invalid RouteResponse identifier specified ${id}`,
  newId: 6,
  show: (item, { id }): JsonObject => ({
    ...withoutEmpty({ ...item, responseParameters: shownParameters(item.responseParameters) }),
    routeResponseId: id,
  }),
  create: (place) => checked({}, place),
  update: checked,
};

/** routeResponseOperations are the operations of the route responses of WebSocket APIs. */
export const routeResponseOperations: readonly Operation[] = crud(noun);
