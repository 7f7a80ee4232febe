import type { Entity, Problem } from "@tollgate/config";
import type { AnyDeployment, Chunks } from "../deployment/deployment-kind.ts";
import type { DeploymentMemory } from "../deployment/deployment-memory.ts";
import type { KeyIndex } from "../resolve/key-index.ts";
import type { AccountState, Mirror } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import type { EntityOutcome } from "./wanted-change.ts";

/** ChangeContext is what the steps of a change work with: one state of the account, and what is known of others. */
export interface ChangeContext {
  readonly accountId: string;
  readonly state: AccountState;
  readonly mirror: Mirror;
  readonly keys: KeyIndex;
  readonly memory: DeploymentMemory;
}

/** Drafts are entities by their names, as they are to be. */
export type Drafts = ReadonlyMap<string, Entity>;

/** NotDeployed are APIs that are not deployed automatically with a change, and what keeps them from it. */
export type NotDeployed = ReadonlyMap<string, readonly Problem[]>;

/** ExpandedChange is all that a change writes. */
export interface ExpandedChange {
  readonly puts: readonly Entity[];
  readonly deletes: readonly StoredEntity[];
  /** What was wanted and what comes with it, deletes last. */
  readonly outcomes: readonly EntityOutcome[];
  /** The deployments among the puts. */
  readonly deployments: readonly AnyDeployment[];
  /** Names of the stages that are deployed to automatically. */
  readonly automatic: ReadonlySet<string>;
  readonly notDeployed: NotDeployed;
  /** Chunks of the deployments. */
  readonly chunks: Chunks;
}
