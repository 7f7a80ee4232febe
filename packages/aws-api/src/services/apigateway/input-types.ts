import { kinds, type ObjectShape, objectAt, type Shape } from "@tollgate/config";
import { checkType, type JsonObject } from "../../protocol/rest-json/operation.ts";
import {
  INTEGRATION_RESPONSE_SHAPE,
  INTEGRATION_SHAPE,
  METHOD_RESPONSE_SHAPE,
  METHOD_SHAPE,
} from "./method-shape.ts";

/** The members of an operation's body, where config's schema has them with AWS's names and types. */
const INPUTS: Readonly<Record<string, ObjectShape>> = {
  CreateApiKey: objectAt(kinds.ApiKey.spec),
  CreateAuthorizer: objectAt(kinds.Authorizer.spec),
  CreateDomainName: objectAt(kinds.DomainName.spec),
  CreateModel: objectAt(kinds.Model.spec),
  CreateRequestValidator: objectAt(kinds.RequestValidator.spec),
  CreateRestApi: objectAt(kinds.RestApi.spec),
  CreateStage: objectAt(kinds.Stage.spec),
  CreateUsagePlan: objectAt(kinds.UsagePlan.spec),
  PutGatewayResponse: objectAt(kinds.GatewayResponse.spec),
  PutIntegration: INTEGRATION_SHAPE,
  PutIntegrationResponse: INTEGRATION_RESPONSE_SHAPE,
  PutMethod: METHOD_SHAPE,
  PutMethodResponse: METHOD_RESPONSE_SHAPE,
};

const TEXT: Shape = { type: "string" };
const optional = (shape: Shape) => ({ shape, isRequired: false });
const PATCH: ObjectShape = {
  type: "object",
  members: new Map([
    [
      "patchOperations",
      optional({
        type: "list",
        item: {
          type: "object",
          members: new Map(["op", "path", "value", "from"].map((name) => [name, optional(TEXT)])),
        },
      }),
    ],
  ]),
};

function check(value: unknown, shape: Shape): void {
  if (value === undefined || value === null || shape.type === "any") return;
  checkType(value, shape.type === "object" ? "map" : shape.type);
  if (shape.type === "list") for (const item of value as readonly unknown[]) check(item, shape.item);
  if (shape.type === "map") for (const item of Object.values(value)) check(item, shape.value);
  if (shape.type === "object")
    for (const [name, member] of shape.members) check((value as JsonObject)[name], member.shape);
}

/** checkInputTypes checks the JSON types in a body at all depths. A wrong one is a SerializationException, as on AWS. */
export function checkInputTypes(operation: string, body: JsonObject): void {
  const shape = operation.startsWith("Update") ? PATCH : INPUTS[operation];
  if (shape) check(body, shape);
}
