import type { Kind, SpecOf } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import {
  type AwsRequest,
  compact,
  type JsonObject,
  type Operation,
  pathParameter,
  textMap,
} from "../../protocol/rest-json/operation.ts";
import { badRequest, notFound } from "./errors.ts";
import { applyPatch, type PatchRule, refusalA, text } from "./patch.ts";

const THROTTLE = { burstLimit: 5000, rateLimit: 10_000 };

function showAccount(account: AccountView): JsonObject {
  const spec = account.get("Account", "", "account")?.entity.spec;
  return compact({
    cloudwatchRoleArn: spec?.cloudwatchRoleArn,
    throttleSettings: spec?.throttleSettings ?? THROTTLE,
    features: ["UsagePlans"],
    apiKeyVersion: "4",
  });
}

/** Usage plans are always enabled. */
const features: PatchRule = {
  path: "/features",
  ops: ["add", "remove"],
  apply: (_spec, { op }) => {
    if (op === "remove") throw badRequest("Usage Plans cannot be disabled once enabled");
  },
};

/** The kinds that have tags, by their collections in ARNs. */
const TAGGED: Readonly<Record<string, Kind>> = {
  restapis: "RestApi",
  apikeys: "ApiKey",
  usageplans: "UsagePlan",
  domainnames: "DomainName",
  clientcertificates: "ClientCertificate",
  vpclinks: "VpcLink",
};

/** An entity that has tags. */
type Tagged = { readonly [K in Kind]: "tags" extends keyof SpecOf<K> ? Stored<K> : never }[Kind];

/** The entity of an ARN: arn:aws:apigateway:{region}::/restapis/{id}, /restapis/{id}/stages/{name}, or another collection of TAGGED and an id. */
function taggedBy(account: AccountView, request: AwsRequest): Tagged {
  const arn = pathParameter(request, "resource_arn");
  const [, collection = "", id = "", stage] =
    /^arn:aws[a-z-]*:apigateway:[a-z0-9-]*::\/(\w+)\/([^/]+)(?:\/stages\/([^/]+))?$/.exec(arn) ?? [];
  const kind = TAGGED[collection];
  if (!kind) throw badRequest(`Invalid ARN specified in the request. ARN is not well formed ${arn}`);
  const stored = stage === undefined ? account.get(kind, "", id) : account.get("Stage", id, stage);
  if (!stored) throw notFound("Invalid resource identifier specified");
  return stored as Tagged;
}

async function changeTags(
  request: AwsRequest,
  change: (tags: Readonly<Record<string, string>>) => object,
): Promise<undefined> {
  await request.application.change(request.accountId, (present) => {
    const { kind, apiId, id, spec } = taggedBy(present, request).entity;
    return { puts: [{ kind, apiId, id, spec: { ...spec, tags: change(spec.tags ?? {}) } }] };
  });
  return undefined;
}

/** accountOperations are the operations of the account itself and of tags. */
export const accountOperations: readonly Operation[] = [
  {
    name: "GetAccount",
    method: "GET",
    path: "/account",
    status: 200,
    run: (request) => showAccount(request.application.account(request.accountId)),
  },
  {
    name: "UpdateAccount",
    method: "PATCH",
    path: "/account",
    status: 200,
    run: async (request) => {
      const account = await request.application.change(request.accountId, (present) => {
        const spec = applyPatch(present.get("Account", "", "account")?.entity.spec ?? {}, request.body, {
          refusal: refusalA,
          rules: [text("/cloudwatchRoleArn"), features],
        });
        return { puts: [{ kind: "Account", apiId: "", id: "account", spec }] };
      });
      return showAccount(account);
    },
  },
  {
    name: "GetTags",
    method: "GET",
    path: "/tags/{resource_arn}",
    status: 200,
    run: (request) => ({
      tags: taggedBy(request.application.account(request.accountId), request).entity.spec.tags ?? {},
    }),
  },
  {
    name: "TagResource",
    method: "PUT",
    path: "/tags/{resource_arn}",
    status: 204,
    run: (request) => {
      const given = textMap(request.body, "tags");
      const reserved = Object.keys(given).find((key) => key.startsWith("aws:"));
      if (reserved !== undefined)
        throw badRequest(`Invalid tag key '${reserved}': keys must not begin with aws:`);
      return changeTags(request, (tags) => ({ ...tags, ...given }));
    },
  },
  {
    name: "UntagResource",
    method: "DELETE",
    path: "/tags/{resource_arn}",
    status: 204,
    run: (request) => {
      const gone = new Set(request.query.getAll("tagKeys"));
      return changeTags(request, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
      );
    },
  },
];
