import type { JsonOperation, JsonRequest } from "../../protocol/json/operation.ts";
import { found, foundRequest } from "./certificate.ts";
import { TAGS, type Tag, tagsOf } from "./tag-list.ts";

const STRING = { type: "string" } as const;

type Tags = Readonly<Record<string, string>>;

async function retag(request: JsonRequest, change: (tags: Tags) => Tags): Promise<undefined> {
  await request.application.change(request.caller.accountId, (account) => {
    const pending = foundRequest(request, account)?.entity;
    if (pending) {
      const tags = change(pending.spec.tags ?? {});
      return { puts: [{ ...pending, spec: { ...pending.spec, tags } }] };
    }
    const { kind, id, spec } = found(request, account).entity;
    const { privateKey: _kept, ...shown } = spec;
    return { puts: [{ kind, apiId: "", id, spec: { ...shown, tags: change(spec.tags ?? {}) } }] };
  });
  return undefined;
}

const input = {
  type: "structure",
  members: { CertificateArn: STRING, Tags: TAGS },
  required: ["CertificateArn", "Tags"],
} as const;
const resource = ({ input: { CertificateArn } }: JsonRequest) => String(CertificateArn);

/** A tag without a value is removed whatever its value is (AWS: RemoveTagsFromCertificate). */
const without = (tags: Tags, removed: readonly Tag[]): Tags =>
  Object.fromEntries(
    Object.entries(tags).filter(
      ([key, value]) =>
        !removed.some(({ Key, Value }) => Key === key && (Value === undefined || Value === value)),
    ),
  );

/** tagOperations are the operations of tags. */
export const tagOperations: readonly JsonOperation[] = [
  {
    name: "AddTagsToCertificate",
    input,
    resource,
    run: (request) => retag(request, (tags) => ({ ...tags, ...tagsOf(request.input.Tags) })),
  },
  {
    name: "RemoveTagsFromCertificate",
    input,
    resource,
    run: (request) => retag(request, (tags) => without(tags, request.input.Tags as readonly Tag[])),
  },
  {
    name: "ListTagsForCertificate",
    input: { type: "structure", members: { CertificateArn: STRING }, required: ["CertificateArn"] },
    isReadOnly: true,
    resource,
    run: (request) => {
      const account = request.application.account(request.caller.accountId);
      const { spec } = (foundRequest(request, account) ?? found(request, account)).entity;
      return { Tags: Object.entries(spec.tags ?? {}).map(([Key, Value]) => ({ Key, Value })) };
    },
  },
];
