import type { Entity, Problem } from "@tollgate/config";
import type { AnyDeployment, Chunks } from "../deployment/deployment-kind.ts";
import type { DeploymentMemory } from "../deployment/deployment-memory.ts";
import type { AccountState, Mirror } from "../mirror/mirror.ts";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import type { KeyIndex } from "../resolve/key-index.ts";
import type { EntityOutcome } from "./wanted-change.ts";

/** ChangeContext is what the steps of a change use: one state of the account, and lookups in other accounts. */
export interface ChangeContext {
  readonly accountId: string;
  /** The region that ARNs of this gateway name. */
  readonly region: string;
  /** Certificates are ordered from a public authority, unless a request says otherwise. */
  readonly ordersCertificates: boolean;
  readonly state: AccountState;
  readonly mirror: Mirror;
  readonly keys: KeyIndex;
  readonly memory: DeploymentMemory;
}

/** Drafts are the entities to write, by their names. */
export type Drafts = ReadonlyMap<string, Entity>;

/** NotDeployed contains the APIs that a change cannot deploy automatically, and their problems. */
export type NotDeployed = ReadonlyMap<string, readonly Problem[]>;

/** ExpandedChange is everything that a change writes. */
export interface ExpandedChange {
  readonly puts: readonly Entity[];
  readonly deletes: readonly StoredEntity[];
  /** The wanted entities and those that were added, deletes last. */
  readonly outcomes: readonly EntityOutcome[];
  /** The deployments among the puts. */
  readonly deployments: readonly AnyDeployment[];
  /** Names of the stages that are deployed automatically. */
  readonly automatic: ReadonlySet<string>;
  readonly notDeployed: NotDeployed;
  /** Chunks of the deployments. */
  readonly chunks: Chunks;
}
