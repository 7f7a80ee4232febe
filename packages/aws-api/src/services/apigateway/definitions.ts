import { kinds, newChildId, objectAt } from "@tollgate/config";
import { compact, member, type Operation } from "../../protocol/rest-json/operation.ts";
import { keepMembersOf, refuseAuthorizer, refuseAuthorizerName } from "./authorizer-rules.ts";
import { apiIdOf, crud, type Noun } from "./crud.ts";
import { badRequest, conflict } from "./errors.ts";
import { readMembers } from "./members.ts";
import { flag, number, refusalA, required, text, valueItem } from "./patch.ts";
import { unusedAuthorizer, unusedValidator } from "./uses.ts";

const BLANK_NAME = "Request Validator name cannot be blank";

const validator: Noun<"RequestValidator"> = {
  kind: "RequestValidator",
  name: "RequestValidator",
  names: "RequestValidators",
  path: "/restapis/{restapi_id}/requestvalidators",
  idParameter: "requestvalidator_id",
  missing: () => "Invalid Request Validator identifier specified",
  show: ({ entity: { id, spec } }) => ({ id, ...spec }),
  create: ({ body, ...request }, account) => {
    if (!account.get("RestApi", "", apiIdOf({ body, ...request })))
      throw badRequest("Invalid REST API identifier specified");
    const name = member(body, "name", "string") ?? "";
    if (name === "") throw badRequest(BLANK_NAME);
    return {
      id: newChildId(),
      spec: readMembers(body, objectAt(kinds.RequestValidator.spec)),
    };
  },
  patch: {
    refusal: refusalA,
    rules: [required("/name", BLANK_NAME), flag("/validateRequestParameters"), flag("/validateRequestBody")],
  },
  beforeDelete: unusedValidator,
};

const authorizer: Noun<"Authorizer"> = {
  kind: "Authorizer",
  name: "Authorizer",
  names: "Authorizers",
  path: "/restapis/{restapi_id}/authorizers",
  idParameter: "authorizer_id",
  missing: () => "Invalid Authorizer identifier specified",
  show: ({ entity: { id, spec } }) =>
    compact({
      id,
      ...spec,
      identitySource: spec.identitySource === "" ? undefined : spec.identitySource,
      authType: spec.authType ?? (spec.type === "COGNITO_USER_POOLS" ? "cognito_user_pools" : "custom"),
    }),
  create: (request, account) => {
    if (!account.get("RestApi", "", apiIdOf(request)))
      throw conflict("Unable to complete operation due to concurrent modification. Please try again later.");
    const spec = readMembers(request.body, objectAt(kinds.Authorizer.spec));
    refuseAuthorizer(spec, request.region);
    refuseAuthorizerName(account, apiIdOf(request), spec.name);
    return { id: newChildId(), spec };
  },
  patch: ({ entity: { apiId, id, spec } }, account, { region }) => ({
    refusal: refusalA,
    check: (patched) => {
      if (patched.type !== spec.type) keepMembersOf(patched);
      refuseAuthorizer(patched, region);
      refuseAuthorizerName(account, apiId, patched.name, id);
    },
    rules: [
      ...[
        "/name",
        "/authorizerUri",
        "/authorizerCredentials",
        "/identitySource",
        "/identityValidationExpression",
        "/type",
      ].map((path) => text(path)),
      text("/authType"),
      number("/authorizerResultTtlInSeconds"),
      valueItem("providerARNs"),
    ],
  }),
  beforeDelete: unusedAuthorizer,
};

/** definitionOperations are the operations of request validators and authorizers. */
export const definitionOperations: readonly Operation[] = [...crud(validator), ...crud(authorizer)];
