import { createHash } from "node:crypto";
import { isKindOf, type Entity } from "@tollgate/config";
import type { ResolveRequest } from "@tollgate/proto/discovery";
import { RpcCode, RpcError } from "@tollgate/proto/rpc";
import type { Application } from "../application.ts";

const NAME = /^(apikey\/\d{12}\/[0-9a-f]{64}|accesskey\/[A-Z0-9]{16,128})$/;
const BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/** userId is a user's unique id in AWS's form: AIDA and 17 characters, the same as long as the user has its name. */
export function userId(accountId: string, userName: string): string {
  const digest = createHash("sha256").update(`${accountId}/${userName}`).digest();
  return `AIDA${[...digest.subarray(0, 17)].map((byte) => BASE32[byte % 32]).join("")}`;
}

/** userArn names a user. */
export const userArn = (accountId: string, { id, spec }: Entity<"User">) =>
  `arn:aws:iam::${accountId}:user${spec.path}${id}`;

function accessKeyRecord(accountId: string, user: Entity<"User">, accessKeyId: string) {
  const key = user.spec.accessKeys[accessKeyId];
  if (key?.status !== "Active" || key.secretAccessKey === undefined) return {};
  return {
    record: {
      case: "accessKey" as const,
      value: {
        accessKeyId,
        secretAccessKey: key.secretAccessKey,
        accountId,
        userName: user.id,
        userId: userId(accountId, user.id),
        arn: userArn(accountId, user),
        policiesJson: Object.values(user.spec.policies).map((policy) => JSON.stringify(policy)),
      },
    },
  };
}

/** resolve is DiscoveryService.Resolve. */
export async function resolve({ mirror, keys }: Application, { name, minRevision }: ResolveRequest) {
  if (!NAME.test(name))
    throw new RpcError(
      RpcCode.INVALID_ARGUMENT,
      `name '${name}' must be apikey/{account}/{SHA-256 in hex} or accesskey/{access key id}`,
    );
  await mirror.reached(Number(minRevision));
  const owner = keys.find(name);
  if (!owner) return {};
  const { accountId, entity } = owner;
  if (isKindOf(entity, "User")) return accessKeyRecord(accountId, entity, name.split("/")[1] as string);
  if (!isKindOf(entity, "ApiKey")) return {};
  const { enabled, usagePlanIds } = entity.spec;
  return { record: { case: "apiKey" as const, value: { id: entity.id, enabled, usagePlanIds } } };
}
