import type { AccessKey } from "../../identity-port.ts";
import { invalidValue } from "../../protocol/query/errors.ts";
import type { QueryOperation, QueryRequest } from "../../protocol/query/operation.ts";
import type { XmlObject } from "../../protocol/query/xml.ts";
import { holderIn, paged, resourceOf } from "./holder.ts";

const show = ({ userName, id, status, createdUnixMs }: AccessKey): XmlObject => ({
  UserName: userName,
  AccessKeyId: id,
  Status: status,
  CreateDate: new Date(createdUnixMs),
});

const userIn = (request: QueryRequest) => holderIn(request, "User").name;

const keyIn = (request: QueryRequest) => ({
  id: request.parameters.required("AccessKeyId"),
  userName: userIn(request),
});

function statusIn({ parameters }: QueryRequest): AccessKey["status"] {
  const status = parameters.required("Status");
  if (status === "Active" || status === "Inactive") return status;
  throw invalidValue("Status", status, "Member must satisfy enum value set: [Active, Inactive]");
}

/** accessKeyOperations are the operations of the keys with which users sign. A secret is returned only once. */
export const accessKeyOperations: readonly QueryOperation[] = [
  {
    name: "CreateAccessKey",
    resource: resourceOf("User"),
    run: async (request) => {
      const key = await request.identities.createAccessKey(request.caller.accountId, userIn(request));
      return { AccessKey: { ...show(key), SecretAccessKey: key.secretAccessKey } };
    },
  },
  {
    name: "ListAccessKeys",
    resource: resourceOf("User"),
    run: (request) => {
      const keys = request.identities.accessKeys(request.caller.accountId, userIn(request));
      return paged(request, "AccessKeyMetadata", keys.map(show));
    },
  },
  {
    name: "UpdateAccessKey",
    resource: resourceOf("User"),
    run: async (request) => {
      const status = statusIn(request);
      await request.identities.setAccessKeyStatus(request.caller.accountId, keyIn(request), status);
      return undefined;
    },
  },
  {
    name: "DeleteAccessKey",
    resource: resourceOf("User"),
    run: async (request) => {
      await request.identities.deleteAccessKey(request.caller.accountId, keyIn(request));
      return undefined;
    },
  },
];
