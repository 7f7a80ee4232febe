import type { Kind, SpecOf } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import {
  type AwsRequest,
  type Operation,
  pathParameter,
  textMap,
} from "../../protocol/rest-json/operation.ts";
import { badRequest, notFound } from "../apigateway/errors.ts";

/** The kinds that have tags, by their collections in ARNs. */
const TAGGED: Readonly<Record<string, Kind>> = {
  apis: "Api",
  domainnames: "DomainName",
  vpclinks: "VpcLink",
  restapis: "RestApi",
};

const TAGS_MAX = 50;

/** An entity that has tags. */
type Tagged = { readonly [K in Kind]: "tags" extends keyof SpecOf<K> ? Stored<K> : never }[Kind];

const PATH = "/v2/tags/{resourceArn}";

/** A name in an ARN, which callers may have encoded in it. */
function decoded(name: string, arn: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw malformed(arn);
  }
}

const malformed = (arn: string) =>
  badRequest(`Invalid ARN specified in the request. ARN is not well formed ${arn}`);

/** The entity of an ARN: arn:aws:apigateway:{region}::/apis/{id}, /apis/{id}/stages/{name}, or another collection of TAGGED and an id. */
function taggedBy(account: AccountView, request: AwsRequest): Tagged {
  const arn = pathParameter(request, "resourceArn");
  const [, collection = "", id = "", stage] =
    /^arn:aws[a-z-]*:apigateway:[a-z0-9-]*:\d*:\/(\w+)\/([^/]+)(?:\/stages\/([^/]+))?$/.exec(arn) ?? [];
  const kind = Object.hasOwn(TAGGED, collection) ? TAGGED[collection] : undefined;
  if (!kind) throw malformed(arn);
  const stages = kind === "RestApi" ? "Stage" : "ApiStage";
  const stored =
    stage === undefined ? account.get(kind, "", id) : account.get(stages, id, decoded(stage, arn));
  if (!stored) throw notFound("Invalid resource identifier specified");
  return stored as Tagged;
}

async function changeTags(
  request: AwsRequest,
  change: (tags: Readonly<Record<string, string>>) => object,
): Promise<undefined> {
  await request.application.change(request.accountId, (present) => {
    const { kind, apiId, id, spec } = taggedBy(present, request).entity;
    const tags = change(spec.tags ?? {});
    if (Object.keys(tags).length > TAGS_MAX) throw badRequest(`A resource can have at most ${TAGS_MAX} tags`);
    return { puts: [{ kind, apiId, id, spec: { ...spec, tags } }] };
  });
  return undefined;
}

/** tagOperations are the operations of tags. */
export const tagOperations: readonly Operation[] = [
  {
    name: "GetTags",
    method: "GET",
    path: PATH,
    status: 200,
    run: (request) => ({
      tags: taggedBy(request.application.account(request.accountId), request).entity.spec.tags ?? {},
    }),
  },
  {
    name: "TagResource",
    method: "POST",
    path: PATH,
    status: 201,
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
    path: PATH,
    status: 204,
    run: (request) => {
      const gone = new Set(request.query.getAll("tagKeys"));
      return changeTags(request, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
      );
    },
  },
];
