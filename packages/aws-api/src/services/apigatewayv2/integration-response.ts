import type { SpecOf } from "@tollgate/config";
import type { JsonObject, Operation } from "../../protocol/rest-json/operation.ts";
import { badRequest, conflict } from "../apigateway/errors.ts";
import { crud, type Noun, type Place } from "./crud.ts";
import {
  added,
  changed,
  clearable,
  type Members,
  merged,
  readMembers,
  text,
  textsByName,
} from "./members.ts";
import { withoutEmpty } from "./rule.ts";
import { apiOf, parts } from "./shelf.ts";

type WebSocketApi = Extract<SpecOf<"Api">, { protocolType: "WEBSOCKET" }>;
type Response = WebSocketApi["integrations"][string]["integrationResponses"][string];

const MEMBERS: Members = {
  contentHandlingStrategy: text(clearable),
  integrationResponseKey: text(),
  responseParameters: textsByName(merged),
  responseTemplates: textsByName(added),
  templateSelectionExpression: text(clearable),
};

const shelf = parts<Response>(
  "integrations",
  { parameter: "integrationId", missing: (id) => `Invalid Integration identifier specified ${id}` },
  "integrationResponses",
);

function checked(item: object, { account, request, id }: Place): object {
  if (apiOf(account, request).entity.spec.protocolType === "HTTP")
    throw badRequest("IntegrationResponses are currently not supported for this API protocol type.");
  const response = changed(item, readMembers(request.body, MEMBERS), MEMBERS) as Partial<Response>;
  const { integrationResponseKey: key } = response;
  if (key === undefined)
    throw badRequest("IntegrationResponseKey is a required parameter for integration response");
  if (!/^(\$default|\/.+\/)$/s.test(key))
    throw badRequest(
      `Invalid IntegrationResponseKey specified: ${key}. It must be $default or a pattern between slashes`,
    );
  for (const [otherId, other] of shelf.all(account, request))
    if (otherId !== id && other.integrationResponseKey === key)
      throw conflict(`IntegrationResponse with key ${key} already exists for this Integration`);
  return response;
}

const noun: Noun<Response> = {
  name: "IntegrationResponse",
  names: "IntegrationResponses",
  path: "/v2/apis/{apiId}/integrations/{integrationId}/integrationresponses",
  idParameter: "integrationResponseId",
  shelf,
  missing: (id) => `Invalid IntegrationResponse identifier specified ${id}`,
  newId: 7,
  show: (item, { id }): JsonObject => ({ ...withoutEmpty({ ...item }), integrationResponseId: id }),
  create: (place) => checked({}, place),
  update: checked,
};

/** integrationResponseOperations are the operations of the integration responses of WebSocket APIs. */
export const integrationResponseOperations: readonly Operation[] = crud(noun);
