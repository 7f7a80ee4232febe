import { accessKeyName, isKindOf } from "@tollgate/config";
import type { Application } from "../application.ts";
import { type Issuer, type Principal, principalOf } from "./principal.ts";
import { openSession } from "./session-token.ts";

/** Credentials is a key with its secret and its owner. */
export interface Credentials {
  readonly principal: Principal;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | undefined;
  /** 0: they do not expire. */
  readonly expireTimeUnixMs: number;
}

type Directory = Pick<Application, "mirror" | "keys" | "sealer">;

/** sessionOf finds a session by its token. */
export function sessionOf({ mirror, sealer }: Directory, token: string): Credentials | undefined {
  const claims = openSession(sealer, token);
  if (!claims) return undefined;
  const { accountId, issuer, sessionName, policies, accessKeyId, secretAccessKey, expireTimeUnixMs } = claims;
  const principal = principalOf(accountId, mirror.account(accountId), issuer, {
    name: sessionName,
    policies,
  });
  return principal && { principal, accessKeyId, secretAccessKey, sessionToken: token, expireTimeUnixMs };
}

/** findCredentials finds the owner of a key with its current policies; a session is found by its token. undefined: the key does not exist. */
export function findCredentials(
  directory: Directory,
  { accessKeyId, sessionToken }: { readonly accessKeyId: string; readonly sessionToken: string | undefined },
): Credentials | undefined {
  if (sessionToken !== undefined) {
    const found = sessionOf(directory, sessionToken);
    return found?.accessKeyId === accessKeyId ? found : undefined;
  }
  const owner = directory.keys.find(accessKeyName(accessKeyId));
  if (!owner) return undefined;
  const { accountId, entity } = owner;
  const key = isKindOf(entity, "User")
    ? entity.spec.accessKeys[accessKeyId]
    : isKindOf(entity, "RootAccessKey")
      ? entity.spec
      : undefined;
  if (key?.status !== "Active" || key.secretAccessKey === undefined) return undefined;
  const issuer: Issuer =
    entity.kind === "User" ? { kind: "user", name: entity.id } : { kind: "root", name: "" };
  const principal = principalOf(accountId, directory.mirror.account(accountId), issuer);
  return (
    principal && {
      principal,
      accessKeyId,
      secretAccessKey: key.secretAccessKey,
      sessionToken: undefined,
      expireTimeUnixMs: 0,
    }
  );
}
