import type { Entity, EntityRef, Problem } from "@tollgate/config";
import type { Operator } from "@tollgate/proto/access";
import type { AccountState } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import type { Refusal } from "../refusal.ts";

/** WantedDeployment is a deployment of an API as the change leaves it. */
export interface WantedDeployment {
  readonly apiId: string;
  readonly id: string;
  readonly description: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Whether an API without methods or routes is deployed. */
  readonly mayBeEmpty?: boolean;
}

/** WantedStage is a stage that is pointed at a deployment; one that does not exist is created. It is not deployed to by itself in the same change. */
export interface WantedStage {
  readonly apiId: string;
  readonly stageName: string;
  readonly deploymentId: string;
}

/** WantedChange is what a caller wants, and all that it has to say. */
export interface WantedChange {
  readonly entities?: readonly Entity[];
  /** What is below a deleted API goes with it. */
  readonly deletes?: readonly EntityRef[];
  readonly deployments?: readonly WantedDeployment[];
  readonly stages?: readonly WantedStage[];
}

/** Who wants a change: an operator, by whose roles it is allowed, or somebody whom the way in has allowed it by its own rules. */
export type Asker = Operator | "allowed";

export interface ChangeRequest {
  readonly accountId: string;
  readonly asker: Asker;
  /** 0 means any. */
  readonly expectedRevision?: number | undefined;
  /** Only report what would change. */
  readonly dryRun?: boolean | undefined;
  /** Decided on one state of the account, and again when somebody else wrote first. */
  readonly want: (state: AccountState) => WantedChange | Promise<WantedChange>;
  /** How problems are refused; absent: as what was asked being invalid. */
  readonly refusal?: (problems: readonly Problem[]) => Refusal;
}

/** EntityOutcome is what a change did to one entity. */
export interface EntityOutcome {
  readonly action: "created" | "updated" | "unchanged" | "deleted";
  readonly before: StoredEntity | undefined;
  readonly after: Entity | undefined;
}

export interface ChangeOutcome {
  readonly revision: number;
  /** What was wanted and what came with it, deletes last. */
  readonly entities: readonly EntityOutcome[];
  /** What keeps changed APIs from being deployed to their stages with autoDeploy. */
  readonly autoDeployProblems: readonly Problem[];
}
