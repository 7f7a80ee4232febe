import {
  ipAddressTypeOf,
  isFrozen,
  kinds,
  kindsBelow,
  newApiId,
  newChildId,
  objectAt,
  type SpecOf,
} from "@tollgate/config";
import type { AccountView, Draft, Stored } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  member,
  type Operation,
  orAbsent,
  timestamp,
} from "../../protocol/rest-json/operation.ts";
import { crud, knownApi, missingApi, type Noun } from "./crud.ts";
import { badRequest } from "./errors.ts";
import { memberRules, readMembers, showMembers } from "./members.ts";
import { clearable, type PatchRule, pathItem, refusalB, text } from "./patch.ts";
import { rootIdOf } from "./resource-tree.ts";
import { unmappedApi } from "./uses.ts";

type Spec = SpecOf<"RestApi">;
type EndpointConfiguration = Spec["endpointConfiguration"];
const SHAPE = objectAt(kinds.RestApi.spec);

const COMPRESSION_MAX = 10_485_760;

/** showRestApi returns an API as the operations to get, import and change it do. */
export function showRestApi({ entity, createdUnixMs }: Stored<"RestApi">, account: AccountView): JsonObject {
  const { id, spec } = entity;
  const { endpointConfiguration } = spec;
  return compact({
    id,
    createdDate: timestamp(createdUnixMs),
    ...showMembers(spec, SHAPE, ["endpointConfiguration", "policy", "tags"]),
    endpointConfiguration: {
      ...endpointConfiguration,
      ipAddressType: ipAddressTypeOf(endpointConfiguration),
    },
    // AWS shows it like the content of a JSON string, with its quotes escaped.
    policy: spec.policy && JSON.stringify(JSON.stringify(spec.policy)).slice(1, -1),
    tags: orAbsent(spec.tags),
    rootResourceId: rootIdOf(account, id),
  });
}

function compressionSize(size: number | undefined): number | undefined {
  if (size !== undefined && !(size >= 0 && size <= COMPRESSION_MAX))
    throw badRequest("Invalid minimum compression size, must be between 0 and 10485760");
  return size;
}

const ENDPOINT_TYPES = ["REGIONAL", "EDGE", "PRIVATE"];

function endpointTypes(given: JsonObject): EndpointConfiguration {
  const types = member(given, "types", "list") ?? ["EDGE"];
  const ipAddressType = member(given, "ipAddressType", "string");
  const vpcEndpointIds = member(given, "vpcEndpointIds", "list");
  if (types.length === 0)
    throw badRequest("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.");
  if (types.length > 1) throw badRequest("Cannot create an api with multiple Endpoint Types.");
  if (types.includes("PRIVATE") && ipAddressType === "ipv4")
    throw badRequest("Only dualstack ipAddressType is supported for Private APIs.");
  return compact({ types, ipAddressType, vpcEndpointIds }) as unknown as EndpointConfiguration;
}

function specOf({ body }: AwsRequest): object {
  const name = member(body, "name", "string");
  if (name === undefined || name === "") throw badRequest("Invalid API name specified: name is required");
  const description = member(body, "description", "string");
  if (description === "") throw badRequest("Description cannot be an empty string");
  const endpoint = member(body, "endpointConfiguration", "map");
  return compact({
    ...readMembers(body, SHAPE, ["endpointConfiguration", "policy"]),
    minimumCompressionSize: compressionSize(member(body, "minimumCompressionSize", "number")),
    endpointConfiguration: endpoint && endpointTypes(endpoint),
    policy: member(body, "policy", "string") || undefined,
  });
}

/** The models of every new API (AWS: Models for REST APIs). */
const BUILT_IN_MODELS = {
  Empty: {
    description: "This is a default empty schema model",
    schema: { $schema: "http://json-schema.org/draft-04/schema#", title: "Empty Schema", type: "object" },
  },
  Error: {
    description: "This is a default error schema model",
    schema: {
      $schema: "http://json-schema.org/draft-04/schema#",
      title: "Error Schema",
      type: "object",
      properties: { message: { type: "string" } },
    },
  },
};

const NEW_API: Partial<Spec> = { endpointConfiguration: { types: ["EDGE"] } };

/** The members that an API takes over from the API that it is cloned from, unless the request sets them. */
function settingsOf(account: AccountView, from: string): Partial<Spec> {
  const { name: _name, tags: _tags, ...settings } = knownApi(account, from).entity.spec;
  return settings;
}

/** Everything below an API with the same ids, which cloneFrom copies. */
function clone(account: AccountView, from: string, to: string): Draft[] {
  const copied = kindsBelow("RestApi").filter(isFrozen);
  return copied.flatMap((kind) =>
    account.list(kind, from).map(({ entity }) => ({
      kind,
      apiId: to,
      id: entity.id,
      spec: JSON.parse(
        JSON.stringify(entity.spec).replaceAll(`/restapis/${from}/`, `/restapis/${to}/`),
      ) as unknown,
    })),
  );
}

function newParts(apiId: string): Draft[] {
  const models = Object.entries(BUILT_IN_MODELS).map(([id, { description, schema }]) => ({
    kind: "Model" as const,
    apiId,
    id,
    spec: { contentType: "application/json", description, schema: JSON.stringify(schema, null, 2) },
  }));
  return [{ kind: "Resource", apiId, id: newChildId(), spec: { path: "/", methods: {} } }, ...models];
}

const compression: PatchRule = {
  path: "/minimumCompressionSize",
  ops: ["replace"],
  apply: (spec, { value = "" }) => {
    if (value === "") delete spec.minimumCompressionSize;
    else spec.minimumCompressionSize = compressionSize(Number(value));
  },
};

const configurationOf = (spec: Record<string, unknown>) =>
  spec.endpointConfiguration as EndpointConfiguration;

const endpointType: PatchRule = {
  path: "/endpointConfiguration/types/{type}",
  ops: ["add", "replace", "remove"],
  apply: (spec, { op, value = "" }) => {
    if (op === "remove")
      throw badRequest("Invalid patch operation specified. Must be 'add'|'remove'|'replace'");
    if (!ENDPOINT_TYPES.includes(value))
      throw badRequest(`Invalid EndpointTypes specified. Valid options are ${ENDPOINT_TYPES.join(",")}`);
    const { ipAddressType: _old, ...others } = configurationOf(spec);
    spec.endpointConfiguration = { ...others, types: [value] };
  },
};

const ipAddressType: PatchRule = {
  path: "/endpointConfiguration/ipAddressType",
  ops: ["replace"],
  apply: (spec, { value }) => {
    if (value !== "ipv4" && value !== "dualstack")
      throw badRequest("ipAddressType must be either ipv4 or dualstack.");
    spec.endpointConfiguration = { ...configurationOf(spec), ipAddressType: value };
  },
};

/** Judges a patch by its result. */
function checkEndpoint(before: Spec, after: Record<string, unknown>): void {
  const { types } = endpointTypes(configurationOf(after));
  if (before.endpointConfiguration.types.includes("PRIVATE") && types.includes("EDGE"))
    throw badRequest(
      "Cannot update endpoint from PRIVATE to EDGE",
      "change it to REGIONAL first, and then to EDGE",
    );
}

const vpcEndpointIds: PatchRule = {
  path: "/endpointConfiguration/vpcEndpointIds",
  ops: ["add", "remove"],
  apply: (spec, { op, value = "" }) => {
    const { vpcEndpointIds: ids = [], ...others } = configurationOf(spec);
    const left = ids.filter((id) => id !== value);
    spec.endpointConfiguration = { ...others, vpcEndpointIds: op === "add" ? [...left, value] : left };
  },
};

const noun: Noun<"RestApi"> = {
  kind: "RestApi",
  name: "RestApi",
  names: "RestApis",
  path: "/restapis",
  idParameter: "restapi_id",
  missing: missingApi,
  show: (stored, _request, account) => showRestApi(stored, account),
  showsNoTags: true,
  order: (a, b) => a.createdUnixMs - b.createdUnixMs || (a.entity.id < b.entity.id ? -1 : 1),
  // As on AWS, usage plans do not keep an API: its stages are taken from them.
  beforeDelete: (stored, account) => {
    unmappedApi(stored, account);
    return account.list("UsagePlan", "").flatMap(({ entity: { kind, id, spec } }) => {
      const apiStages = spec.apiStages.filter(({ apiId }) => apiId !== stored.entity.id);
      return apiStages.length < spec.apiStages.length
        ? [{ kind, apiId: "", id, spec: { ...spec, apiStages } }]
        : [];
    });
  },
  patch: ({ entity: { spec } }) => ({
    refusal: refusalB,
    check: (patched) => checkEndpoint(spec, patched),
    rules: [
      ...memberRules(SHAPE, ["description", "minimumCompressionSize", "binaryMediaTypes"]),
      clearable("/policy"),
      text("/description", ["replace", "remove"]),
      compression,
      endpointType,
      ipAddressType,
      vpcEndpointIds,
      pathItem("binaryMediaTypes"),
    ],
  }),
};

/** restApiOperations create, list, get, patch and delete APIs. */
export const restApiOperations: readonly Operation[] = [
  ...crud(noun),
  {
    name: "CreateRestApi",
    method: "POST",
    path: "/restapis",
    status: 201,
    run: async (request) => {
      const id = newApiId();
      const from = member(request.body, "cloneFrom", "string");
      const spec = specOf(request);
      const account = await request.application.change(request.accountId, (present) => ({
        puts: [
          {
            kind: "RestApi",
            apiId: "",
            id,
            spec: { ...(from === undefined ? NEW_API : settingsOf(present, from)), ...spec },
          },
          ...(from === undefined ? newParts(id) : clone(present, from, id)),
        ],
      }));
      return showRestApi(account.get("RestApi", "", id) as Stored<"RestApi">, account);
    },
  },
];
