import type { AccountView, Stored } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  type Operation,
} from "../../protocol/rest-json/operation.ts";
import { badRequest } from "../apigateway/errors.ts";
import { corsConfiguration, corsRule, lowerCaseHeaders } from "./cors.ts";
import { crud, editOperation, type Noun, type Place } from "./crud.ts";
import { changed, clearable, flag, type Members, readMembers, text, textsByName } from "./members.ts";
import { QUICK_CREATE, quickParts, quickStage, withTarget } from "./quick-create.ts";
import { check, type Rule, timestamp, withoutEmpty } from "./rule.ts";
import { type ApiSpec, entities, isWebSocket } from "./shelf.ts";

/** Members of an API that quick create has no part in. */
const MEMBERS: Members = {
  apiKeySelectionExpression: text(),
  corsConfiguration,
  description: text(clearable),
  disableExecuteApiEndpoint: flag(),
  disableSchemaValidation: flag(),
  ipAddressType: text(),
  name: text(),
  routeSelectionExpression: text(),
  version: text(clearable),
};

const NEW_ONLY: Members = { protocolType: text(), tags: textsByName() };

const API_KEY_SOURCES = ["$request.header.x-api-key", "$context.authorizer.usageIdentifierKey"];
const METHOD_AND_PATH = "$request.method $request.path";

/** Expressions may be written with braces: ${request.method}. They are stored without. */
const withoutBraces = (expression: string) => expression.replace(/\$\{([^}]+)\}/g, "$$$1");

type Given = Readonly<Record<string, unknown>>;

const text_ = (given: Given, name: string) => given[name] as string | undefined;

const nameRule: Rule<Given> = (given) =>
  text_(given, "name") === "" ? "Invalid API name specified" : undefined;

const apiKeyRule: Rule<Given> = (given) => {
  const expression = text_(given, "apiKeySelectionExpression");
  return expression === undefined || API_KEY_SOURCES.includes(withoutBraces(expression))
    ? undefined
    : `Invalid apiKeySelectionExpression. Must be one of [${API_KEY_SOURCES.join(", ")}]`;
};

const HTTP_RULES: readonly Rule<Given>[] = [
  nameRule,
  (given) => {
    const expression = text_(given, "routeSelectionExpression");
    return expression === undefined || withoutBraces(expression) === METHOD_AND_PATH
      ? undefined
      : // biome-ignore lint/suspicious/noTemplateCurlyInString: AWS's sentence
        'Route selection expression is currently limited to "${request.method} ${request.path}"';
  },
  apiKeyRule,
  corsRule,
];

const WEBSOCKET_RULES: readonly Rule<Given>[] = [
  nameRule,
  (given) =>
    text_(given, "routeSelectionExpression") === "" ? "Invalid routeSelectionExpression" : undefined,
  apiKeyRule,
  (given) =>
    given.corsConfiguration === undefined ? undefined : "Cors is not supported for WEBSOCKET protocolType",
  (given) =>
    ["target", "routeKey", "credentialsArn"].some((name) => given[name] !== undefined)
      ? "Quick create is not supported for WEBSOCKET protocolType"
      : undefined,
];

/** Members in the form in which they are stored. What only WebSocket APIs have means nothing for an HTTP API. */
function stored(given: Given, protocolType: ApiSpec["protocolType"]): Given {
  const {
    apiKeySelectionExpression: key,
    routeSelectionExpression: route,
    disableSchemaValidation,
    corsConfiguration: cors,
    ...common
  } = given;
  if (protocolType === "HTTP")
    return { ...common, ...(cors === undefined ? {} : { corsConfiguration: lowerCaseHeaders(cors) }) };
  return compact({
    ...common,
    disableSchemaValidation,
    apiKeySelectionExpression: key === undefined ? undefined : withoutBraces(key as string),
    routeSelectionExpression: route,
  });
}

/** showApi returns an API as the operations to get, import and change it do. */
export function showApi(
  { entity: { id, spec }, createdUnixMs }: Stored<"Api">,
  { region }: Pick<AwsRequest, "region">,
): JsonObject {
  const isHttp = spec.protocolType === "HTTP";
  const { corsConfiguration: cors } = isHttp ? spec : {};
  return compact({
    apiEndpoint: `${isHttp ? "https" : "wss"}://${id}.execute-api.${region}.amazonaws.com`,
    apiId: id,
    apiKeySelectionExpression: isHttp ? API_KEY_SOURCES[0] : spec.apiKeySelectionExpression,
    corsConfiguration: cors && withoutEmpty(cors),
    createdDate: timestamp(createdUnixMs),
    description: spec.description,
    disableExecuteApiEndpoint: spec.disableExecuteApiEndpoint,
    disableSchemaValidation: isHttp ? undefined : spec.disableSchemaValidation,
    ipAddressType: spec.ipAddressType,
    name: spec.name,
    protocolType: spec.protocolType,
    routeSelectionExpression: isHttp ? METHOD_AND_PATH : spec.routeSelectionExpression,
    tags: spec.tags ?? {},
    version: spec.version,
  });
}

function create({ request: { body }, id }: Place): object {
  const given = readMembers(body, { ...MEMBERS, ...NEW_ONLY, ...QUICK_CREATE });
  const { protocolType, target, routeKey, credentialsArn, ...members } = given;
  if (given.name === undefined) throw badRequest("Invalid API name specified");
  if (protocolType !== "HTTP" && protocolType !== "WEBSOCKET")
    throw badRequest("Invalid protocol specified. Must be one of [HTTP, WEBSOCKET]");
  if (protocolType === "WEBSOCKET" && given.routeSelectionExpression === undefined)
    throw badRequest("Invalid routeSelectionExpression");
  check<Given>(given, protocolType === "HTTP" ? HTTP_RULES : WEBSOCKET_RULES);
  const { description, version } = changed({}, given, MEMBERS);
  return compact({
    ...stored(members, protocolType),
    protocolType,
    description,
    version,
    ...quickParts({ target, routeKey, credentialsArn }, id),
  });
}

function update({ entity: { spec } }: Stored<"Api">, { request: { body } }: Place): object {
  const given = readMembers(body, { ...MEMBERS, ...QUICK_CREATE });
  check<Given>(given, spec.protocolType === "HTTP" ? HTTP_RULES : WEBSOCKET_RULES);
  const { target, routeKey, credentialsArn, corsConfiguration: cors, ...members } = given;
  // An empty object does not remove the configuration: only DeleteCorsConfiguration does.
  const isCleared = cors !== undefined && Object.keys(cors as object).length === 0;
  const next = changed(
    spec,
    stored(
      { ...members, ...(cors === undefined || isCleared ? {} : { corsConfiguration: cors }) },
      spec.protocolType,
    ),
    MEMBERS,
  );
  return spec.protocolType === "HTTP" ? withTarget(next, { target, routeKey, credentialsArn }) : next;
}

const isMappedTo = (apiId: string, account: AccountView) =>
  account
    .list("DomainName", "")
    .some(({ entity: { spec } }) =>
      Object.values(spec.basePathMappings).some((mapping) => mapping.apiId === apiId),
    );

const noun: Noun<Stored<"Api">> = {
  name: "Api",
  names: "Apis",
  path: "/v2/apis",
  idParameter: "apiId",
  shelf: entities("Api"),
  missing: (id, { accountId }) => `Invalid API identifier specified ${accountId}:${id}`,
  newId: 10,
  show: (item, { request }) => showApi(item, request),
  showNew: (item, { request }) => withoutEmpty(showApi(item, request)),
  create,
  createBeside: quickStage,
  update,
  updateStatus: 201,
  beforeDelete: (_item, { account, id }) => {
    if (isMappedTo(id, account))
      throw badRequest(
        `Deleting API ${id} failed. Please remove all API mappings for the API from your custom domain names.`,
      );
  },
};

/** apiOperations create, list, get, change and delete APIs. */
export const apiOperations: readonly Operation[] = [
  ...crud(noun),
  editOperation(
    noun,
    { name: "DeleteCorsConfiguration", method: "DELETE", path: "/v2/apis/{apiId}/cors", status: 204 },
    (item) => {
      if (isWebSocket(item)) return item.entity.spec;
      const { corsConfiguration: _cors, ...spec } = item.entity.spec as ApiSpec & {
        corsConfiguration?: object;
      };
      return spec;
    },
  ),
];
