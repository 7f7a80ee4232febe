import { GATEWAY_RESPONSE_TYPES, type GatewayResponseType, type SpecOf } from "@tollgate/config";
import type { AccountView } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  member,
  type Operation,
  pathParameter,
} from "../../protocol/rest-json/operation.ts";
import { apiIdOf, knownApi } from "./crud.ts";
import { badRequest, notFound } from "./errors.ts";
import { invalidMapping } from "./mapping-expression.ts";
import { page } from "./page.ts";
import { applyPatch, entry, text } from "./patch.ts";

type ResponseSpec = SpecOf<"GatewayResponse">;

const DEFAULT_STATUS: Readonly<Partial<Record<GatewayResponseType, string>>> = {
  ACCESS_DENIED: "403",
  API_CONFIGURATION_ERROR: "500",
  AUTHORIZER_CONFIGURATION_ERROR: "500",
  AUTHORIZER_FAILURE: "500",
  BAD_REQUEST_BODY: "400",
  BAD_REQUEST_PARAMETERS: "400",
  EXPIRED_TOKEN: "403",
  INTEGRATION_FAILURE: "504",
  INTEGRATION_TIMEOUT: "504",
  INVALID_API_KEY: "403",
  INVALID_SIGNATURE: "403",
  MISSING_AUTHENTICATION_TOKEN: "403",
  QUOTA_EXCEEDED: "429",
  REQUEST_TOO_LARGE: "413",
  RESOURCE_NOT_FOUND: "404",
  THROTTLED: "429",
  UNAUTHORIZED: "401",
  UNSUPPORTED_MEDIA_TYPE: "415",
  WAF_FILTERED: "403",
};
const DEFAULT_TEMPLATES = { "application/json": '{"message":$context.error.messageString}' };

const showResponse = (responseType: string, spec: ResponseSpec, defaultResponse: boolean): JsonObject =>
  compact({
    responseType,
    statusCode: spec.statusCode,
    responseParameters: spec.responseParameters,
    responseTemplates: spec.responseTemplates,
    defaultResponse,
  });

/** The response of a type: the customized one, or the customized default of its class, or AWS's default. */
function responseOf(account: AccountView, apiId: string, type: GatewayResponseType): JsonObject {
  const own = account.get("GatewayResponse", apiId, type)?.entity.spec;
  if (own) return showResponse(type, own, false);
  const status = DEFAULT_STATUS[type];
  const classType = status === undefined ? undefined : status.startsWith("5") ? "DEFAULT_5XX" : "DEFAULT_4XX";
  const inherited = classType && account.get("GatewayResponse", apiId, classType)?.entity.spec;
  const spec = inherited ?? { responseParameters: {}, responseTemplates: DEFAULT_TEMPLATES };
  return showResponse(type, { ...spec, statusCode: inherited?.statusCode ?? status }, true);
}

const typeOf = (request: AwsRequest) => pathParameter(request, "response_type") as GatewayResponseType;

const RESPONSES = "/restapis/{restapi_id}/gatewayresponses";
const ONE_RESPONSE = `${RESPONSES}/{response_type}`;

const DESTINATION = /^gatewayresponse\.(header|path|querystring)\..+$/;
const SOURCE = /^('.*'|method\.request\.(header|querystring|path)\..+|context\..+|stageVariables\..+)$/s;

/** Refuses mappings as AWS does, which aws/aws-cli #2879 and aws/aws-cdk #11306 quote. */
function checkMappings(spec: object): void {
  const { responseParameters = {} } = spec as { responseParameters?: Readonly<Record<string, unknown>> };
  for (const [destination, source] of Object.entries(responseParameters)) {
    if (!DESTINATION.test(destination))
      throw badRequest(invalidMapping(`Invalid mapping expression specified: ${destination}`));
    if (typeof source === "string" && !SOURCE.test(source))
      throw badRequest(invalidMapping(`Invalid mapping expression specified: ${source}`));
  }
}

async function writeResponse(
  request: AwsRequest,
  specOf: (account: AccountView) => object,
): Promise<JsonObject> {
  const id = typeOf(request);
  const account = await request.application.change(request.accountId, (present) => {
    knownApi(present, apiIdOf(request));
    const spec = specOf(present);
    checkMappings(spec);
    return { puts: [{ kind: "GatewayResponse", apiId: apiIdOf(request), id, spec }] };
  });
  return responseOf(account, apiIdOf(request), id);
}

/** gatewayResponseOperations are the operations of the responses that the gateway itself creates. */
export const gatewayResponseOperations: readonly Operation[] = [
  {
    name: "GetGatewayResponses",
    method: "GET",
    path: RESPONSES,
    status: 200,
    run: (request) => {
      const account = request.application.account(request.accountId);
      knownApi(account, apiIdOf(request));
      const all = GATEWAY_RESPONSE_TYPES.map((type) => responseOf(account, apiIdOf(request), type));
      return page(request, all, ({ responseType }) => String(responseType));
    },
  },
  {
    name: "GetGatewayResponse",
    method: "GET",
    path: ONE_RESPONSE,
    status: 200,
    run: (request) => {
      const account = request.application.account(request.accountId);
      knownApi(account, apiIdOf(request));
      return responseOf(account, apiIdOf(request), typeOf(request));
    },
  },
  {
    name: "PutGatewayResponse",
    method: "PUT",
    path: ONE_RESPONSE,
    status: 201,
    run: (request) => {
      const statusCode = member(request.body, "statusCode", "string");
      return writeResponse(request, () =>
        compact({
          statusCode: statusCode ?? DEFAULT_STATUS[typeOf(request)],
          responseParameters: member(request.body, "responseParameters", "map") ?? {},
          responseTemplates: member(request.body, "responseTemplates", "map") ?? DEFAULT_TEMPLATES,
        }),
      );
    },
  },
  {
    name: "UpdateGatewayResponse",
    method: "PATCH",
    path: ONE_RESPONSE,
    status: 200,
    run: (request) =>
      writeResponse(request, (account) => {
        const {
          responseType: _type,
          defaultResponse: _default,
          ...spec
        } = responseOf(account, apiIdOf(request), typeOf(request));
        return applyPatch(spec, request.body, {
          refusal: ({ path }) => badRequest(`Invalid patch path ${path || "null"}`),
          rules: [
            text("/statusCode"),
            ...["responseParameters", "responseTemplates"].map((map) =>
              entry(map, {
                absent: "Invalid parameter name specified",
                empty: `Invalid null or empty value in ${map}`,
              }),
            ),
          ],
        });
      }),
  },
  {
    name: "DeleteGatewayResponse",
    method: "DELETE",
    path: ONE_RESPONSE,
    status: 202,
    run: async (request) => {
      const id = typeOf(request);
      await request.application.change(request.accountId, (present) => {
        knownApi(present, apiIdOf(request));
        const stored = present.get("GatewayResponse", apiIdOf(request), id);
        if (!stored) throw notFound("Gateway response type not defined on api");
        return { deletes: [stored.entity] };
      });
      return undefined;
    },
  },
];
