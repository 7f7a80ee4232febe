import type { AccountView, Stored } from "../../port.ts";
import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { wafError } from "./errors.ts";
import { arnOf, tagsOf, type WafKind } from "./noun.ts";

const STRING = { type: "string" } as const;

/** The kinds by the resource in their ARNs. */
const KINDS = {
  webacl: "WebAcl",
  ipset: "IpSet",
  regexpatternset: "RegexPatternSet",
  rulegroup: "RuleGroup",
} as const;

const isResource = (text: string): text is keyof typeof KINDS => Object.hasOwn(KINDS, text);

/** The entity that a request names by its ARN. */
function tagged(request: JsonRequest, account: AccountView): Stored<WafKind> {
  const arn = String(request.input.ResourceARN);
  const [, resource = "", name = ""] = arn.split("/");
  const isMeant = isResource(resource) && arn === arnOf(request, resource, name);
  const stored = isMeant ? account.get(KINDS[resource], "", name) : undefined;
  if (!stored) throw wafError("WAFNonexistentItemException");
  return stored;
}

async function retag(
  request: JsonRequest,
  change: (tags: Readonly<Record<string, string>>) => Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, unknown>>> {
  await request.application.change(request.caller.accountId, (account) => {
    const { kind, id, spec } = tagged(request, account).entity;
    return { puts: [{ kind, apiId: "", id, spec: { ...spec, tags: change(spec.tags ?? {}) } }] };
  });
  return {};
}

const resource = ({ input }: JsonRequest) => String(input.ResourceARN);

/** tagOperations are the operations of tags. */
export const tagOperations: readonly JsonOperation[] = [
  {
    name: "TagResource",
    input: {
      type: "structure",
      members: {
        ResourceARN: STRING,
        Tags: {
          type: "list",
          of: { type: "structure", required: ["Key", "Value"], members: { Key: STRING, Value: STRING } },
        },
      },
      required: ["ResourceARN", "Tags"],
    },
    resource,
    run: (request) => retag(request, (tags) => ({ ...tags, ...tagsOf(request.input.Tags) })),
  },
  {
    name: "UntagResource",
    input: {
      type: "structure",
      members: { ResourceARN: STRING, TagKeys: { type: "list", of: STRING } },
      required: ["ResourceARN", "TagKeys"],
    },
    resource,
    run: (request) => {
      const removed = new Set(request.input.TagKeys as readonly string[]);
      return retag(request, (tags) =>
        Object.fromEntries(Object.entries(tags).filter(([key]) => !removed.has(key))),
      );
    },
  },
  {
    name: "ListTagsForResource",
    input: {
      type: "structure",
      members: { ResourceARN: STRING, Limit: { type: "integer" }, NextMarker: STRING },
      required: ["ResourceARN"],
    },
    isReadOnly: true,
    resource,
    run: (request) => {
      const { spec } = tagged(request, request.application.account(request.caller.accountId)).entity;
      const TagList = Object.entries(spec.tags ?? {}).map(([Key, Value]) => ({ Key, Value }));
      return { TagInfoForResource: { ResourceARN: request.input.ResourceARN, TagList } };
    },
  },
];
