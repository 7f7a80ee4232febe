import type { Integration, Method } from "@tollgate/config";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  member,
  type Operation,
} from "../../protocol/rest-json/operation.ts";
import { badRequest, notFound } from "./errors.ts";
import { memberRules, readMembers } from "./members.ts";
import {
  METHOD_PATH,
  type MethodPart,
  methodOf,
  NO_CONTENT_TYPE,
  NO_PARAMETER,
  partOperations,
  responseOf,
  statusOf,
  withEntry,
} from "./method-part.ts";
import { wrongMappings, wrongMethod } from "./method-rules.ts";
import {
  INTEGRATION_RESPONSE_SHAPE,
  INTEGRATION_SHAPE,
  showIntegration,
  showIntegrationResponse,
} from "./method-shape.ts";
import { asNumber, entry, flag, type PatchRule, pathItem, text } from "./patch.ts";
import type { ResourcePlace } from "./resource-tree.ts";

const NO_INTEGRATION = "Invalid Integration identifier specified";

/** Members that only some types of integrations have. */
const PROXY_ONLY = ["responseTransferMode"];
const HTTP_ONLY = ["connectionType", "connectionId", "tlsConfig"];

function integrationOf(node: ResourcePlace, request: AwsRequest): Integration {
  const { integration } = methodOf(node, request);
  if (!integration) throw notFound(NO_INTEGRATION);
  return integration;
}

/** As on AWS, members that the integration's type does not have are ignored. */
function createIntegration(_node: ResourcePlace, { body }: AwsRequest): object {
  const type = member(body, "type", "string") ?? "";
  const wrong = wrongMethod({ type, httpMethod: member(body, "httpMethod", "string") });
  if (wrong !== undefined) throw badRequest(wrong);
  const isMock = type === "MOCK";
  const isHttp = type === "HTTP" || type === "HTTP_PROXY";
  const isProxy = type.endsWith("_PROXY");
  const others = [
    ...(isHttp ? [] : HTTP_ONLY),
    ...(isProxy ? [] : PROXY_ONLY),
    ...(isMock ? ["httpMethod", "uri"] : []),
  ];
  return readMembers(body, INTEGRATION_SHAPE, ["integrationResponses", ...others]);
}

const withIntegration = (node: ResourcePlace, request: AwsRequest, integration: object | undefined) =>
  withEntry(methodOf(node, request), "integration", integration);

const timeout: PatchRule = {
  path: "/timeoutInMillis",
  ops: ["replace"],
  apply: (spec, { value = "" }) => {
    spec.timeoutInMillis = asNumber(value);
  },
};

const INTEGRATION: MethodPart<Integration> = {
  name: "Integration",
  path: `${METHOD_PATH}/integration`,
  updateStatus: 200,
  of: integrationOf,
  create: createIntegration,
  place: withIntegration,
  show: (integration, _request, { id }) => showIntegration(integration, id),
  rules: [
    ...memberRules(INTEGRATION_SHAPE, ["type", "timeoutInMillis", "cacheKeyParameters"]),
    timeout,
    flag("/tlsConfig/insecureSkipVerification"),
    entry("requestParameters", { absent: NO_PARAMETER }),
    entry("requestTemplates", { absent: NO_CONTENT_TYPE }),
    pathItem("cacheKeyParameters"),
  ],
};

/** Templates may be null, which means an empty string. Their content types must have the form type/subtype. */
function templatesOf(body: JsonObject): object | undefined {
  const given = member(body, "responseTemplates", "map");
  if (!given) return undefined;
  const wrong = Object.keys(given).find((type) => !/^[^/\s]+\/[^/\s]+$/.test(type));
  if (wrong !== undefined)
    throw badRequest(`Validation Result: warnings : [], errors : [Invalid content type specified: ${wrong}]`);
  return Object.fromEntries(Object.entries(given).map(([type, template]) => [type, template ?? ""]));
}

function checkMappings(method: Method, status: string, response: object): void {
  const wrong = wrongMappings(method, status, response);
  if (wrong !== undefined) throw badRequest(wrong);
}

const INTEGRATION_RESPONSE: MethodPart<Integration["integrationResponses"][string]> = {
  name: "IntegrationResponse",
  path: `${METHOD_PATH}/integration/responses/{status_code}`,
  updateStatus: 200,
  noMethod: NO_INTEGRATION,
  of: (node, request) => responseOf(integrationOf(node, request).integrationResponses, request),
  create: (_node, { body }) =>
    compact({
      ...readMembers(body, INTEGRATION_RESPONSE_SHAPE, ["responseTemplates"]),
      responseTemplates: templatesOf(body),
    }),
  place: (node, request, response) => {
    const integration = integrationOf(node, request);
    if (response) checkMappings(methodOf(node, request), statusOf(request), response);
    const integrationResponses = withEntry(integration.integrationResponses, statusOf(request), response);
    return withIntegration(node, request, { ...integration, integrationResponses });
  },
  show: (response, request) => showIntegrationResponse(statusOf(request), response),
  rules: [
    ...memberRules(INTEGRATION_RESPONSE_SHAPE, ["contentHandling"]),
    text("/contentHandling", ["replace", "remove"]),
    entry("responseParameters", { absent: NO_PARAMETER }),
    entry("responseTemplates", { absent: NO_CONTENT_TYPE }),
  ],
};

/** integrationOperations are the operations of integrations and their responses. */
export const integrationOperations: readonly Operation[] = [
  ...partOperations(INTEGRATION),
  ...partOperations(INTEGRATION_RESPONSE),
];
