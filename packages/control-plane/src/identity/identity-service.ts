import {
  iam,
  IdentityError,
  Parameters,
  type ApplicationPort,
  type SessionCredentials,
} from "@tollgate/aws-api";
import type {
  AssumeRoleRequest,
  AssumeRoleWithWebIdentityRequest,
  AttachPolicyRequest,
  CreateAccessKeyRequest,
  GetSessionTokenRequest,
  ListAccessKeysRequest,
  UpdateAccessKeyRequest,
} from "@tollgate/proto/control";
import type { RpcCaller } from "@tollgate/proto/access";
import type { Application } from "../application.ts";
import { accountOf } from "../config/wire.ts";
import { principalOf, type Principal } from "./principal.ts";
import { Sessions } from "./sessions.ts";
import { Refusal, type RefusalReason } from "../refusal.ts";

const CODES: Readonly<Partial<Record<IdentityError["code"], RefusalReason>>> = {
  AccessDenied: "permission-denied",
  NoSuchEntity: "not-found",
  EntityAlreadyExists: "already-exists",
  LimitExceeded: "limit",
  ServiceUnavailable: "failed-precondition",
};

/** What identities refuse, as gRPC says it. */
async function inRpc<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof IdentityError)) throw error;
    throw new Refusal(CODES[error.code] ?? "invalid", error.message);
  }
}

const wire = (credentials: SessionCredentials) => ({
  ...credentials,
  expireTimeUnixMs: BigInt(credentials.expireTimeUnixMs),
});

/** A key as IAM's answers hold it. */
interface ShownKey {
  readonly AccessKeyId: string;
  readonly SecretAccessKey?: string;
  readonly Status: string;
  readonly CreateDate: Date;
}

const toProtoKey = (key: ShownKey) => ({
  accessKeyId: key.AccessKeyId,
  secretAccessKey: key.SecretAccessKey ?? "",
  active: key.Status === "Active",
  createTimeUnixMs: BigInt(key.CreateDate.getTime()),
});

const SESSION_DEFAULT_S = 3600;
const HOLDERS = new Set(["User", "Group", "Role"]);

/** createIdentityService is IdentityService: the same operations that IAM's API has, for operators. */
export function createIdentityService(application: Application, port: ApplicationPort) {
  const sessions = new Sessions(application);
  const rootOf = (accountId: string) =>
    principalOf(accountId, application.mirror.account(accountId), { kind: "root", name: "" }) as Principal;

  /** Carries out an operation of IAM for the account itself. */
  const perform = (account: string, action: string, parameters: Readonly<Record<string, string>>) =>
    inRpc(() =>
      iam.find(action).run({
        caller: rootOf(accountOf(account)),
        parameters: new Parameters(new URLSearchParams(parameters)),
        application: port,
        // No operation of IAM issues a session.
        sessions: undefined as never,
      }),
    );

  const keyOf = ({ userName, accessKeyId }: { userName: string; accessKeyId: string }) => ({
    UserName: userName,
    AccessKeyId: accessKeyId,
  });
  const attach = async (action: "Attach" | "Detach", request: Omit<AttachPolicyRequest, "$typeName">) => {
    const { accountId, kind, name, policyArn } = request;
    if (!HOLDERS.has(kind))
      throw new Refusal("invalid", `kind '${kind}' must be one of ${[...HOLDERS].join(", ")}`);
    await perform(accountId, `${action}${kind}Policy`, { [`${kind}Name`]: name, PolicyArn: policyArn });
    return {};
  };
  const member = async (
    action: "AddUserToGroup" | "RemoveUserFromGroup",
    request: { accountId: string; userName: string; groupName: string },
  ) => {
    const { accountId, userName, groupName } = request;
    await perform(accountId, action, { UserName: userName, GroupName: groupName });
    return {};
  };

  return {
    createAccessKey: async ({ accountId, userName }: CreateAccessKeyRequest) => {
      const answer = await perform(accountId, "CreateAccessKey", { UserName: userName });
      return { accessKey: toProtoKey((answer as unknown as { AccessKey: ShownKey }).AccessKey) };
    },
    listAccessKeys: async ({ accountId, userName }: ListAccessKeysRequest) => {
      const answer = await perform(accountId, "ListAccessKeys", { UserName: userName });
      const keys = (answer as unknown as { AccessKeyMetadata: readonly ShownKey[] }).AccessKeyMetadata;
      return { accessKeys: keys.map(toProtoKey) };
    },
    updateAccessKey: async ({ accountId, active, ...key }: UpdateAccessKeyRequest) => {
      await perform(accountId, "UpdateAccessKey", { ...keyOf(key), Status: active ? "Active" : "Inactive" });
      return {};
    },
    deleteAccessKey: async ({
      accountId,
      ...key
    }: {
      accountId: string;
      userName: string;
      accessKeyId: string;
    }) => {
      await perform(accountId, "DeleteAccessKey", keyOf(key));
      return {};
    },
    addUserToGroup: (request: { accountId: string; userName: string; groupName: string }) =>
      member("AddUserToGroup", request),
    removeUserFromGroup: (request: { accountId: string; userName: string; groupName: string }) =>
      member("RemoveUserFromGroup", request),
    attachPolicy: (request: Omit<AttachPolicyRequest, "$typeName">) => attach("Attach", request),
    detachPolicy: (request: Omit<AttachPolicyRequest, "$typeName">) => attach("Detach", request),
    assumeRole: ({ accountId, roleArn, sessionName, durationS, policyJson }: AssumeRoleRequest) =>
      inRpc(() => {
        const issued = sessions.ofRole(rootOf(accountOf(accountId)), {
          roleArn,
          sessionName,
          durationS: durationS || SESSION_DEFAULT_S,
          policy: policyJson || undefined,
          policyArns: [],
          externalId: undefined,
        });
        return { credentials: wire(issued.credentials), arn: issued.arn };
      }),
    assumeRoleWithWebIdentity: (request: AssumeRoleWithWebIdentityRequest) =>
      inRpc(async () => {
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
      }),
    getSessionToken: ({ accountId, userName, durationS }: GetSessionTokenRequest) =>
      inRpc(() => {
        const account = accountOf(accountId);
        const user = principalOf(account, application.mirror.account(account), {
          kind: "user",
          name: userName,
        });
        if (!user) throw new IdentityError("NoSuchEntity", `The user with name ${userName} cannot be found.`);
        return { credentials: wire(sessions.ofCaller(user, durationS || undefined)) };
      }),
    getCallerIdentity: async (_request: object, { operator }: RpcCaller) => ({
      name: operator.name,
      roles: [...operator.roles],
    }),
  };
}
