import { NO_BASE_PATH, type SpecOf } from "@tollgate/config";
import { stableId } from "@tollgate/openapi";
import type { AccountView } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  type Operation,
} from "../../protocol/rest-json/operation.ts";
import { badRequest, conflict, notFound } from "../apigateway/errors.ts";
import { crud, type Noun, type Place } from "./crud.ts";
import { domainOf } from "./domain-name.ts";
import { changed, type Members, readMembers, text } from "./members.ts";
import { check, type Rule } from "./rule.ts";
import type { Shelf } from "./shelf.ts";

type Mappings = SpecOf<"DomainName">["basePathMappings"];

/** A mapping as version 2 shows it. A domain stores it by its key. */
export interface ApiMapping {
  readonly apiId: string;
  /** Empty: the whole domain. */
  readonly apiMappingKey: string;
  /** undefined: the next path segment names it, which only version 1 can say. */
  readonly stage: string | undefined;
}

const MEMBERS: Members = { apiId: text(), apiMappingKey: text(), stage: text() };

const storedKey = (key: string) => (key === "" ? NO_BASE_PATH : key);

/** A mapping without an id of its own has one that stays the same. */
const idOf = (domainName: string, key: string, { apiMappingId }: Mappings[string]) =>
  apiMappingId ?? stableId(`${domainName}/${key}`).slice(-6);

const entriesOf = (account: AccountView, request: AwsRequest) => {
  const { entity } = domainOf(account, request);
  return Object.entries(entity.spec.basePathMappings).map(([key, mapping]) => ({
    id: idOf(entity.id, key, mapping),
    key,
    mapping,
  }));
};

const write = (account: AccountView, request: AwsRequest, id: string, more: Mappings) => {
  const { entity } = domainOf(account, request);
  const others = entriesOf(account, request).filter((entry) => entry.id !== id);
  const basePathMappings = {
    ...Object.fromEntries(others.map(({ key, mapping }) => [key, mapping])),
    ...more,
  };
  return { puts: [{ ...entity, spec: { ...entity.spec, basePathMappings } }] };
};

const shelf: Shelf<ApiMapping> = {
  all: (account, request) =>
    new Map(
      entriesOf(account, request).map(({ id, key, mapping: { apiId, restApiId, stage } }) => [
        id,
        { apiId: apiId ?? restApiId ?? "", apiMappingKey: key === NO_BASE_PATH ? "" : key, stage },
      ]),
    ),
  put: (account, request, apiMappingId, spec) => {
    const { apiId, apiMappingKey, stage } = spec as ApiMapping;
    const member = account.get("Api", "", apiId) ? "apiId" : "restApiId";
    return write(account, request, apiMappingId, {
      [storedKey(apiMappingKey)]: { [member]: apiId, stage, apiMappingId } as Mappings[string],
    });
  },
  remove: (account, request, id) => write(account, request, id, {}),
};

/** KEY_RULES are what AWS refuses of the key of a mapping. */
export const KEY_RULES: readonly Rule<string>[] = [
  (key) =>
    key.startsWith("/") || key.includes("//")
      ? "API mapping key should not start with a '/' or have consecutive '/'s."
      : undefined,
  (key) => (key.endsWith("/") ? "API mapping key should not end with a '/'." : undefined),
  (key) =>
    /^[A-Za-z0-9$_.+!*'()/-]*$/.test(key)
      ? undefined
      : "An ApiMapping key may contain only letters, numbers and one of $-_.+!*'(),",
  (key) => (key.length > 300 ? "API mapping key should not exceed 300 characters." : undefined),
];

/** The protocol of an API, as it matters on a domain: WebSocket APIs have one for themselves. */
function protocolOf(account: AccountView, apiId: string): "HTTP" | "WEBSOCKET" | "REST" | undefined {
  const api = account.get("Api", "", apiId);
  if (api) return api.entity.spec.protocolType;
  return account.get("RestApi", "", apiId) ? "REST" : undefined;
}

function checkTarget(account: AccountView, { apiId, apiMappingKey, stage }: ApiMapping): void {
  const protocol = protocolOf(account, apiId);
  if (protocol === undefined)
    throw notFound(`Invalid API identifier specified ${account.accountId}:${apiId}`);
  if (stage === undefined || !account.get(protocol === "REST" ? "Stage" : "ApiStage", apiId, stage))
    throw badRequest("Invalid stage identifier specified");
  if (protocol === "WEBSOCKET" && apiMappingKey.includes("/"))
    throw badRequest("API mapping key of a WebSocket API should not contain a '/'.");
}

function checked(item: Partial<ApiMapping>, { account, request, id }: Place): object {
  const given = readMembers(request.body, MEMBERS);
  if (given.apiId === undefined) throw badRequest("ApiId is a required parameter for api mapping");
  const mapping = { apiMappingKey: "", ...changed(item, given, MEMBERS) } as ApiMapping;
  check(mapping.apiMappingKey, KEY_RULES);
  checkTarget(account, mapping);
  const isWebSocket = protocolOf(account, mapping.apiId) === "WEBSOCKET";
  for (const [otherId, other] of shelf.all(account, request)) {
    if (otherId === id) continue;
    if (other.apiMappingKey === mapping.apiMappingKey)
      throw conflict("ApiMapping key already exists for this domain name");
    if ((protocolOf(account, other.apiId) === "WEBSOCKET") !== isWebSocket)
      throw badRequest(
        "Currently, WebSocket APIs can only be attached to a domain name with other WebSocket APIs.",
      );
  }
  return mapping;
}

const noun: Noun<ApiMapping> = {
  name: "ApiMapping",
  names: "ApiMappings",
  path: "/v2/domainnames/{domainName}/apimappings",
  idParameter: "apiMappingId",
  shelf,
  missing: () => "Invalid API mapping identifier specified",
  newId: 6,
  show: (item, { id }): JsonObject => compact({ ...item, apiMappingId: id }),
  create: (place) => checked({}, place),
  createStatus: 200,
  update: checked,
};

/** apiMappingOperations are the operations of API mappings, which are the base paths of a domain. */
export const apiMappingOperations: readonly Operation[] = crud(noun);
