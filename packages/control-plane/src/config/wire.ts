import { canonicalJson, digestOf, isKind, type Entity, type EntityRef } from "@tollgate/config";
import { RpcCode, RpcError } from "@tollgate/proto/rpc";
import type { StoredEntity } from "../mirror/mirror.ts";

const ACCOUNT = /^\d{12}$/;

/** accountOf is the account of a request: twelve digits, or the default one. */
export function accountOf(accountId: string): string {
  if (accountId === "") return "000000000000";
  if (!ACCOUNT.test(accountId))
    throw new RpcError(RpcCode.INVALID_ARGUMENT, `account_id '${accountId}' must be twelve digits`);
  return accountId;
}

/** refOf names the entity that a request is about. */
export function refOf({ kind, restApiId, id }: { kind: string; restApiId: string; id: string }): EntityRef {
  if (!isKind(kind)) throw new RpcError(RpcCode.INVALID_ARGUMENT, `kind '${kind}' is not known`);
  return { kind, restApiId, id: kind === "Account" ? "account" : id };
}

/** toProtoEntity is a stored entity on the wire. */
export function toProtoEntity({ entity, modRevision, digest, specJson }: StoredEntity) {
  const { kind, restApiId, id, labels } = entity;
  return { kind, restApiId, id, labels, specJson, revision: BigInt(modRevision), digest };
}

/** toProtoDraft is an entity on the wire that is not stored, or not yet. */
export function toProtoDraft({ kind, restApiId, id, labels, spec }: Entity) {
  const specJson = canonicalJson(spec);
  return { kind, restApiId, id, labels, specJson, digest: digestOf(specJson) };
}
