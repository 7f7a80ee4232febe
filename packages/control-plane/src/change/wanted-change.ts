import type { Entity, EntityRef, Problem } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import type { Refusal } from "../refusal.ts";

/** WantedDeployment is a new deployment of an API as it is after the change. */
export interface WantedDeployment {
  readonly apiId: string;
  readonly id: string;
  readonly description: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether an API without methods or routes can be deployed. */
  readonly mayBeEmpty?: boolean;
}

/** WantedStage points a stage, which is created if it does not exist, at a deployment. The same change does not deploy it automatically. */
export interface WantedStage {
  readonly apiId: string;
  readonly stageName: string;
  readonly deploymentId: string;
}

/** WantedChange is everything that a caller has to specify. */
export interface WantedChange {
  readonly entities?: readonly Entity[];
  /** The parts of a deleted API are deleted with it. */
  readonly deletes?: readonly EntityRef[];
  readonly deployments?: readonly WantedDeployment[];
  readonly stages?: readonly WantedStage[];
}

/** The author of a change: an operator, whose roles must allow it, or a caller that was already authorized in another way. */
export type Asker = Operator | "allowed";

export interface ChangeRequest {
  readonly accountId: string;
  readonly asker: Asker;
  /** 0 means any. */
  readonly expectedRevision?: number | undefined;
  /** Only report what would change. */
  readonly dryRun?: boolean | undefined;
  /** Computes the change from one state of the account, and again if another change was committed first. */
  readonly want: (state: AccountState) => WantedChange | Promise<WantedChange>;
  /** The refusal for problems. Absent: the request is invalid. */
  readonly refusal?: (problems: readonly Problem[]) => Refusal;
}

/** EntityOutcome is the effect of a change on one entity. */
export interface EntityOutcome {
  readonly action: "created" | "updated" | "unchanged" | "deleted";
  readonly before: StoredEntity | undefined;
  readonly after: Entity | undefined;
}

export interface ChangeOutcome {
  readonly revision: number;
  /** The wanted entities and those that were added, deletes last. */
  readonly entities: readonly EntityOutcome[];
  /** The problems that prevent changed APIs from being deployed to their stages with autoDeploy. */
  readonly autoDeployProblems: readonly Problem[];
}
