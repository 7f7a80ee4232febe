import {
  canonicalJson,
  type Entity,
  type EntityRef,
  hasSecrets,
  isKind,
  type Kind,
  kindRule,
  mapSecrets,
  nameOf,
} from "@tollgate/config";
import { Change_Action as Action } from "@tollgate/proto/control";
import { toProtoProblem } from "@tollgate/proto/rpc";
import type { ChangeOutcome, EntityOutcome } from "../change/wanted-change.ts";
import type { AccountState } from "../mirror/mirror.ts";
import { draftEntity, type StoredEntity } from "../mirror/stored-entity.ts";
import { Refusal } from "../refusal.ts";

const ACCOUNT = /^\d{12}$/;

/** accountOf returns the account of a request: twelve digits, or the default account. */
export function accountOf(accountId: string): string {
  if (accountId === "") return "000000000000";
  if (!ACCOUNT.test(accountId))
    throw new Refusal("invalid", `account_id '${accountId}' must be twelve digits`);
  return accountId;
}

/** refOf returns the name of the entity in a request. */
export function refOf({ kind, apiId, id }: { kind: string; apiId: string; id: string }): EntityRef {
  if (!isKind(kind)) throw new Refusal("invalid", `kind '${kind}' is unknown`);
  return { kind, apiId, id: kindRule(kind).id.only ?? id };
}

/** shownJson returns the JSON of a spec without its secrets. */
export const shownJson = (kind: Kind, specJson: string): string =>
  hasSecrets(kind) && specJson !== ""
    ? canonicalJson(mapSecrets(kind, JSON.parse(specJson) as unknown, () => undefined))
    : specJson;

/** toProtoEntity converts a stored entity to its wire form. */
export function toProtoEntity(
  { entity, modRevision, digest, specJson }: StoredEntity,
  { withSecrets = false } = {},
) {
  const { kind, apiId, id, labels } = entity;
  const shown = withSecrets ? specJson : shownJson(kind, specJson);
  return { kind, apiId, id, labels, specJson: shown, revision: BigInt(modRevision), digest };
}

/** Converts an entity that is not stored to its wire form. */
function toProtoDraft(entity: Entity) {
  const { kind, apiId, id, labels } = entity;
  const { specJson, digest } = draftEntity(entity);
  return { kind, apiId, id, labels, specJson: shownJson(kind, specJson), digest };
}

const ACTIONS: Readonly<Record<EntityOutcome["action"], Action>> = {
  created: Action.CREATED,
  updated: Action.UPDATED,
  unchanged: Action.UNCHANGED,
  deleted: Action.DELETED,
};

/** toProtoChange converts the outcome of a change to its wire form. New secrets are shown only here. */
export function toProtoChange(state: AccountState, outcome: ChangeOutcome, dryRun: boolean) {
  const shown = ({ action, before, after }: EntityOutcome) => {
    if (!after) return before && toProtoEntity(before);
    const stored = dryRun ? undefined : state.entities.get(nameOf(after));
    return stored ? toProtoEntity(stored, { withSecrets: action === "created" }) : toProtoDraft(after);
  };
  return {
    revision: BigInt(outcome.revision),
    autoDeployProblems: outcome.autoDeployProblems.map(toProtoProblem),
    changes: outcome.entities.map((one) => ({
      action: ACTIONS[one.action],
      entity: shown(one),
      beforeJson: one.before ? shownJson(one.before.entity.kind, one.before.specJson) : "",
    })),
  };
}
