import { holderKinds } from "@tollgate/config";
import type { RpcCaller } from "@tollgate/proto/access";
import type {
  AssumeRoleRequest,
  AssumeRoleWithWebIdentityRequest,
  AttachPolicyRequest,
  CreateAccessKeyRequest,
  DeleteAccessKeyRequest,
  GetSessionTokenRequest,
  ListAccessKeysRequest,
  UpdateAccessKeyRequest,
} from "@tollgate/proto/control";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";
import type { AccessKey } from "../identity/access-keys.ts";
import type { Holder } from "../identity/find-holder.ts";
import type { Identities } from "../identity/identities.ts";
import { type Principal, principalOf } from "../identity/principal.ts";
import { type SessionCredentials, Sessions } from "../identity/sessions.ts";
import { Refusal } from "../refusal.ts";

const SESSION_DEFAULT_S = 3600;

const wire = (credentials: SessionCredentials) => ({
  ...credentials,
  expireTimeUnixMs: BigInt(credentials.expireTimeUnixMs),
});

const toProtoKey = ({ id, status, createdUnixMs, ...key }: AccessKey & { secretAccessKey?: string }) => ({
  accessKeyId: id,
  secretAccessKey: key.secretAccessKey ?? "",
  active: status === "Active",
  createTimeUnixMs: BigInt(createdUnixMs),
});

/** Checks a member of a request that must not be empty. */
function required(name: string, value: string): string {
  if (value === "") throw new Refusal("invalid", `${name} is empty`);
  return value;
}

const userNameOf = ({ userName }: { readonly userName: string }) => required("user_name", userName);

const keyOf = (request: { readonly userName: string; readonly accessKeyId: string }) => ({
  userName: userNameOf(request),
  id: required("access_key_id", request.accessKeyId),
});

function holderOf({ kind, name }: Pick<AttachPolicyRequest, "kind" | "name">): Holder {
  const known = holderKinds.find((one) => one === kind);
  if (!known) throw new Refusal("invalid", `kind '${kind}' must be one of ${holderKinds.join(", ")}`);
  return { kind: known, name: required("name", name) };
}

interface Membership {
  readonly accountId: string;
  readonly userName: string;
  readonly groupName: string;
}
type Attachment = Omit<AttachPolicyRequest, "$typeName">;

/** The operations on keys, groups and policies. */
function changesOf(identities: Identities) {
  const attach = async ({ accountId, policyArn, ...request }: Attachment, isAttached: boolean) => {
    const arn = required("policy_arn", policyArn);
    await identities.setAttached(accountOf(accountId), holderOf(request), arn, isAttached);
    return {};
  };
  const setMember = async (request: Membership, isMember: boolean) => {
    const member = {
      userName: userNameOf(request),
      groupName: required("group_name", request.groupName),
    };
    await identities.setMember(accountOf(request.accountId), member, isMember);
    return {};
  };
  return {
    createAccessKey: async (request: CreateAccessKeyRequest) => {
      const key = await identities.createAccessKey(accountOf(request.accountId), userNameOf(request));
      return { accessKey: toProtoKey(key) };
    },
    listAccessKeys: async (request: ListAccessKeysRequest) => {
      const keys = identities.accessKeys(accountOf(request.accountId), userNameOf(request));
      return { accessKeys: keys.map(toProtoKey) };
    },
    updateAccessKey: async (request: UpdateAccessKeyRequest) => {
      const status = request.active ? "Active" : "Inactive";
      await identities.setAccessKeyStatus(accountOf(request.accountId), keyOf(request), status);
      return {};
    },
    deleteAccessKey: async (request: DeleteAccessKeyRequest) => {
      await identities.deleteAccessKey(accountOf(request.accountId), keyOf(request));
      return {};
    },
    addUserToGroup: (request: Membership) => setMember(request, true),
    removeUserFromGroup: (request: Membership) => setMember(request, false),
    attachPolicy: (request: Attachment) => attach(request, true),
    detachPolicy: (request: Attachment) => attach(request, false),
  };
}

/** createIdentityService creates IdentityService, which gives operators what IAM's and STS's APIs do. */
export function createIdentityService(application: Application, identities: Identities) {
  const sessions = new Sessions(application);
  const find = (accountId: string, issuer: Parameters<typeof principalOf>[2]) =>
    principalOf(accountId, application.mirror.account(accountId), issuer);

  return {
    ...changesOf(identities),
    assumeRole: async (request: AssumeRoleRequest) => {
      const { roleArn, sessionName, durationS, policyJson } = request;
      const root = find(accountOf(request.accountId), { kind: "root", name: "" }) as Principal;
      const issued = sessions.ofRole(root, {
        roleArn,
        sessionName,
        durationS: durationS || SESSION_DEFAULT_S,
        policy: policyJson || undefined,
        policyArns: [],
        externalId: undefined,
      });
      return { credentials: wire(issued.credentials), arn: issued.arn };
    },
    assumeRoleWithWebIdentity: async (request: AssumeRoleWithWebIdentityRequest) => {
      const issued = await sessions.ofWebIdentity({
        roleArn: request.roleArn,
        sessionName: request.sessionName,
        durationS: request.durationS || SESSION_DEFAULT_S,
        token: request.webIdentityToken,
        policy: undefined,
        policyArns: [],
        externalId: undefined,
      });
      return { credentials: wire(issued.credentials), arn: issued.arn };
    },
    getSessionToken: async ({ accountId, userName, durationS }: GetSessionTokenRequest) => {
      const user = find(accountOf(accountId), { kind: "user", name: userName });
      if (!user) throw new Refusal("not-found", `The user with name ${userName} cannot be found.`);
      return { credentials: wire(sessions.ofCaller(user, durationS || undefined)) };
    },
    getCallerIdentity: async (_request: object, { operator }: RpcCaller) => ({
      name: operator.name,
      roles: [...operator.roles],
    }),
  };
}
