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
import { inSet, invalid, violation } from "../../aws-error.ts";
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
import { checkOneOf } from "./constraint.ts";
import { crud, knownApi, missingApi, type Noun } from "./crud.ts";
import { badRequest } from "./errors.ts";
import { memberRules, readMembers, showMembers } from "./members.ts";
import { type PatchRule, pathItem, refusalB, text } from "./patch.ts";
import { rootIdOf } from "./resource-tree.ts";

type Spec = SpecOf<"RestApi">;
const SHAPE = objectAt(kinds.RestApi.spec);

const COMPRESSION_MAX = 10_485_760;
const ENDPOINT_TYPES = ["PRIVATE", "EDGE", "REGIONAL"];

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
    tags: spec.tags ?? {},
    rootResourceId: rootIdOf(account, id),
  });
}

function compressionSize(size: number | undefined): number | undefined {
  if (size !== undefined && (size < 0 || size > COMPRESSION_MAX))
    throw badRequest("Invalid minimum compression size, must be between 0 and 10485760");
  return size;
}

function endpointTypes(given: unknown): Spec["endpointConfiguration"] {
  const { types = ["EDGE"] } = (given ?? {}) as { types?: unknown };
  if (Array.isArray(types) && types.some((type) => !ENDPOINT_TYPES.includes(type as string)))
    throw invalid([
      violation(
        `[${types.join(", ")}]`,
        "createRestApiInput.endpointConfiguration.types",
        `Member must satisfy constraint: [${inSet(ENDPOINT_TYPES)}]`,
      ),
    ]);
  if (!Array.isArray(types) || types.length === 0)
    throw badRequest("REGIONAL Configuration and EDGE Configuration cannot be both DISABLED.");
  if (types.length > 1) throw badRequest("Cannot create an api with multiple Endpoint Types.");
  const { ipAddressType, vpcEndpointIds } = given as { ipAddressType?: string; vpcEndpointIds?: unknown };
  checkOneOf(ipAddressType ?? undefined, "createRestApiInput.endpointConfiguration.ipAddressType", [
    "ipv4",
    "dualstack",
  ]);
  if (types.includes("PRIVATE") && ipAddressType === "ipv4")
    throw badRequest("Only dualstack ipAddressType is supported for Private APIs.");
  return compact({
    types,
    ipAddressType: ipAddressType ?? undefined,
    vpcEndpointIds: vpcEndpointIds ?? undefined,
  }) as Spec["endpointConfiguration"];
}

function specOf({ body }: AwsRequest): object {
  const name = member(body, "name", "string");
  if (name === undefined || name === "") throw badRequest("Invalid API name specified: name is required");
  const description = member(body, "description", "string");
  if (description === "") throw badRequest("Description cannot be an empty string");
  return compact({
    ...readMembers(body, SHAPE, ["endpointConfiguration", "policy"]),
    minimumCompressionSize: compressionSize(member(body, "minimumCompressionSize", "number")),
    endpointConfiguration: body.endpointConfiguration ? endpointTypes(body.endpointConfiguration) : undefined,
    policy: member(body, "policy", "string"),
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

const endpointType: PatchRule = {
  path: "/endpointConfiguration/types/{type}",
  ops: ["add", "replace", "remove"],
  apply: (spec, { op, value = "" }) => {
    const { ipAddressType: _old, ...others } = (spec.endpointConfiguration ??
      {}) as Spec["endpointConfiguration"];
    if (op !== "remove") spec.endpointConfiguration = { ...others, ...endpointTypes({ types: [value] }) };
  },
};

const ipAddressType: PatchRule = {
  path: "/endpointConfiguration/ipAddressType",
  ops: ["replace"],
  apply: (spec, { value }) => {
    const present = spec.endpointConfiguration as Spec["endpointConfiguration"];
    spec.endpointConfiguration = endpointTypes({ ...present, ipAddressType: value });
  },
};

const vpcEndpointIds: PatchRule = {
  path: "/endpointConfiguration/vpcEndpointIds",
  ops: ["add", "remove"],
  apply: (spec, { op, value = "" }) => {
    const { vpcEndpointIds: ids = [], ...others } =
      spec.endpointConfiguration as Spec["endpointConfiguration"];
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
  patch: {
    refusal: refusalB,
    rules: [
      ...memberRules(SHAPE, ["description", "minimumCompressionSize", "binaryMediaTypes"]),
      text("/policy"),
      text("/description", ["replace", "remove"]),
      compression,
      endpointType,
      ipAddressType,
      vpcEndpointIds,
      pathItem("binaryMediaTypes"),
    ],
  },
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
      const { tags, ...shown } = showRestApi(account.get("RestApi", "", id) as Stored<"RestApi">, account);
      return { ...shown, ...(orAbsent(tags as object) ? { tags } : {}) };
    },
  },
];
