import type { Kind, SpecOf } from "@tollgate/config";
import type { AccountView, Stored } from "../../port.ts";
import {
  type AwsRequest,
  type Operation,
  pathParameter,
  textMap,
} from "../../protocol/rest-json/operation.ts";
import { badRequest, notFound } from "./errors.ts";
import { refuseTooManyTags } from "./tag-rules.ts";

/** An entity that has tags. */
type Tagged = { readonly [K in Kind]: "tags" extends keyof SpecOf<K> ? Stored<K> : never }[Kind];

/** TagsForm is how a version of API Gateway's API names tags. */
interface TagsForm {
  /** Of all three operations, with `parameter` for the ARN. */
  readonly path: string;
  readonly parameter: string;
  readonly tagging: Pick<Operation, "method" | "status">;
  /** The kinds that have tags, by their collections in ARNs. */
  readonly kinds: Readonly<Record<string, Kind>>;
}

const malformed = (arn: string) =>
  badRequest(`Invalid ARN specified in the request. ARN is not well formed ${arn}`);

/** A name in an ARN, which callers may have encoded in it. */
function decoded(name: string, arn: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    throw malformed(arn);
  }
}

/** The entity of an ARN: arn:aws:apigateway:{region}::/{collection}/{id}, for a stage with /stages/{name} behind it. */
function taggedBy({ parameter, kinds }: TagsForm, account: AccountView, request: AwsRequest): Tagged {
  const arn = pathParameter(request, parameter);
  const [, collection = "", id = "", stage] =
    /^arn:aws[a-z-]*:apigateway:[a-z0-9-]*::\/(\w+)\/([^/]+)(?:\/stages\/([^/]+))?$/.exec(arn) ?? [];
  const kind = Object.hasOwn(kinds, collection) ? kinds[collection] : undefined;
  if (!kind) throw malformed(arn);
  const stages = kind === "RestApi" ? "Stage" : "ApiStage";
  const stored =
    stage === undefined ? account.get(kind, "", id) : account.get(stages, id, decoded(stage, arn));
  if (!stored) throw notFound("Invalid resource identifier specified");
  return stored as Tagged;
}

/** GetTags, TagResource and UntagResource in a form. */
function operationsIn(form: TagsForm): readonly Operation[] {
  const { path, tagging } = form;
  const changeTags = async (
    request: AwsRequest,
    change: (tags: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
  ): Promise<undefined> => {
    await request.application.change(request.accountId, (present) => {
      const { kind, apiId, id, spec } = taggedBy(form, present, request).entity;
      return { puts: [{ kind, apiId, id, spec: { ...spec, tags: change(spec.tags ?? {}) } }] };
    });
    return undefined;
  };
  return [
    {
      name: "GetTags",
      method: "GET",
      path,
      status: 200,
      run: (request) => ({
        tags: taggedBy(form, request.application.account(request.accountId), request).entity.spec.tags ?? {},
      }),
    },
    {
      name: "TagResource",
      ...tagging,
      path,
      run: (request) => {
        const given = textMap(request.body, "tags");
        return changeTags(request, (present) => {
          const tags = { ...present, ...given };
          refuseTooManyTags(tags);
          return tags;
        });
      },
    },
    {
      name: "UntagResource",
      method: "DELETE",
      path,
      status: 204,
      run: (request) => {
        const gone = new Set(request.query.getAll("tagKeys"));
        return changeTags(request, (tags) =>
          Object.fromEntries(Object.entries(tags).filter(([key]) => !gone.has(key))),
        );
      },
    },
  ];
}

/** tagOperations are the operations of tags (AWS: API Gateway V1). */
export const tagOperations = operationsIn({
  path: "/tags/{resource_arn}",
  parameter: "resource_arn",
  tagging: { method: "PUT", status: 204 },
  kinds: {
    restapis: "RestApi",
    apikeys: "ApiKey",
    usageplans: "UsagePlan",
    domainnames: "DomainName",
    clientcertificates: "ClientCertificate",
    vpclinks: "VpcLink",
  },
});

/** tagOperationsOfVersion2 are those of API Gateway V2. */
export const tagOperationsOfVersion2 = operationsIn({
  path: "/v2/tags/{resourceArn}",
  parameter: "resourceArn",
  tagging: { method: "POST", status: 201 },
  kinds: { apis: "Api", domainnames: "DomainName", vpclinks: "VpcLink", restapis: "RestApi" },
});
