import { newAccessKeyId, newSecretAccessKey, type SpecOf } from "@tollgate/config";
import { IdentityError, noSuchEntity } from "../query/identity-error.ts";
import { invalidValue } from "../query/parameters.ts";
import type { QueryOperation, QueryRequest } from "../query/query-service.ts";
import type { XmlObject } from "../query/xml.ts";
import { accountOf, changed, found, nameIn, paged, resourceOf } from "./holder.ts";

/** IAM's limit of keys a user. */
const KEYS_MAX = 2;
type Key = SpecOf<"User">["accessKeys"][string];

const show = (userName: string, id: string, key: Key): XmlObject => ({
  UserName: userName,
  AccessKeyId: id,
  Status: key.status,
  CreateDate: new Date(key.createTimeUnixMs ?? 0),
});

async function create(request: QueryRequest): Promise<XmlObject> {
  const userName = nameIn(request, "User");
  const id = newAccessKeyId();
  const key: Key = { secretAccessKey: newSecretAccessKey(), status: "Active", createTimeUnixMs: Date.now() };
  await request.application.change(request.caller.accountId, (account) => {
    const user = found(account, "User", userName);
    const { accessKeys } = user.entity.spec;
    if (Object.keys(accessKeys).length >= KEYS_MAX)
      throw new IdentityError("LimitExceeded", `Cannot exceed quota for AccessKeysPerUser: ${KEYS_MAX}`);
    return { puts: [changed(user, { accessKeys: { ...accessKeys, [id]: key } })] };
  });
  return { AccessKey: { ...show(userName, id, key), SecretAccessKey: key.secretAccessKey } };
}

/** Changes one key of a user, or takes it away. */
async function change(request: QueryRequest, decide: (key: Key) => Key | undefined): Promise<undefined> {
  const id = request.parameters.required("AccessKeyId");
  await request.application.change(request.caller.accountId, (account) => {
    const user = found(account, "User", nameIn(request, "User"));
    const { [id]: key, ...others } = user.entity.spec.accessKeys;
    if (!key) throw noSuchEntity(`The Access Key with id ${id} cannot be found.`);
    const after = decide(key);
    return { puts: [changed(user, { accessKeys: after ? { ...others, [id]: after } : others })] };
  });
  return undefined;
}

function statusIn({ parameters }: QueryRequest): Key["status"] {
  const status = parameters.required("Status");
  if (status === "Active" || status === "Inactive") return status;
  throw invalidValue("Status", status, "Member must satisfy enum value set: [Active, Inactive]");
}

/** accessKeyOperations are those of the keys that users sign with. A secret is shown once. */
export const accessKeyOperations: readonly QueryOperation[] = [
  { name: "CreateAccessKey", resource: resourceOf("User"), run: create },
  {
    name: "ListAccessKeys",
    resource: resourceOf("User"),
    run: (request) => {
      const { id, spec } = found(accountOf(request), "User", nameIn(request, "User")).entity;
      const keys = Object.entries(spec.accessKeys).map(([keyId, key]) => show(id, keyId, key));
      return paged(request, "AccessKeyMetadata", keys);
    },
  },
  {
    name: "UpdateAccessKey",
    resource: resourceOf("User"),
    run: (request) => {
      const status = statusIn(request);
      return change(request, (key) => ({ ...key, status }));
    },
  },
  {
    name: "DeleteAccessKey",
    resource: resourceOf("User"),
    run: (request) => change(request, () => undefined),
  },
];
