import { isKindOf } from "@tollgate/config";
import type { ResolveRequest } from "@tollgate/proto/discovery";
import type { Application } from "../application.ts";
import { type Credentials, findCredentials, sessionOf } from "../identity/find-credentials.ts";
import { Refusal } from "../refusal.ts";

const NAME = /^(apikey\/\d{12}\/[0-9a-f]{64}|accesskey\/[A-Z0-9]{16,128}|session\/[A-Za-z0-9._-]{1,16384})$/;

const json = (documents: readonly object[] | undefined) =>
  (documents ?? []).map((document) => JSON.stringify(document));

function accessKeyRecord(credentials: Credentials | undefined) {
  if (!credentials) return {};
  const { principal, accessKeyId, secretAccessKey, expireTimeUnixMs } = credentials;
  const { accountId, userName, userId, arn, principalArn, policies, sessionPolicies } = principal;
  const value = {
    accessKeyId,
    secretAccessKey,
    accountId,
    userName,
    userId,
    arn,
    principalArn,
    policiesJson: json(policies),
    sessionPoliciesJson: json(sessionPolicies),
    expireTimeUnixMs: BigInt(expireTimeUnixMs),
  };
  return { record: { case: "accessKey" as const, value } };
}

/** resolve is DiscoveryService.Resolve. */
export async function resolve(application: Application, { name, minRevision }: ResolveRequest) {
  if (!NAME.test(name))
    throw new Refusal(
      "invalid",
      `name '${name.slice(0, 100)}' must be apikey/{account}/{SHA-256 in hex}, accesskey/{access key id} or session/{session token}`,
    );
  await application.mirror.reached(Number(minRevision));
  const [kind, key = ""] = name.split("/");
  if (kind === "session") return accessKeyRecord(sessionOf(application, key));
  if (kind === "accesskey")
    return accessKeyRecord(findCredentials(application, { accessKeyId: key, sessionToken: undefined }));
  const owner = application.keys.find(name);
  const entity = owner?.entity;
  if (!entity || !isKindOf(entity, "ApiKey")) return {};
  const { enabled, usagePlanIds, quotaGrants: grants } = entity.spec;
  const customer = application.customers.ofKey(owner.accountId, entity.id);
  const quotaGrants = Object.entries(grants).map(([usagePlanId, { period, remaining, grantTimeUnixMs }]) => ({
    usagePlanId,
    period,
    remaining: BigInt(remaining),
    grantTimeUnixMs: BigInt(grantTimeUnixMs),
  }));
  return {
    record: {
      case: "apiKey" as const,
      value: {
        id: entity.id,
        enabled: enabled && !customer.isSuspended,
        usagePlanIds: usagePlanIds.filter((id) => !customer.refusedPlans.has(id)),
        quotaGrants,
        customerId: customer.id,
      },
    },
  };
}
