import type {
  Entity,
  FrozenEntity,
  HttpStageManifest,
  Kind,
  KindsOf,
  Problem,
  StageManifest,
} from "@tollgate/config";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import type { DeploymentMemory } from "./deployment-memory.ts";

type AnyOf<K extends Kind> = { readonly [One in K]: Entity<One> }[K];
export type AnyApi = AnyOf<KindsOf<"api">>;
export type AnyStage = AnyOf<KindsOf<"stage">>;
export type AnyDeployment = AnyOf<KindsOf<"deployment">>;
export type AnyManifest = StageManifest | HttpStageManifest;

/** Members of a deployment that say how it came to be. */
type Origin = "description" | "createTimeUnixMs" | "autoDeployed";

/** DeploymentContent is what a deployment keeps of its API: it never changes. */
export type DeploymentContent<D extends AnyDeployment = AnyDeployment> = D extends AnyDeployment
  ? Omit<D["spec"], Origin>
  : never;

/** Chunks by "{apiId}/{digest}": each API has its own, also where two are the same. */
export type Chunks = ReadonlyMap<string, string>;

/** FreezeSource is an API as it is to be frozen. */
export interface FreezeSource<A extends AnyApi = AnyApi> {
  readonly accountId: string;
  readonly api: A;
  /** The entities below it. */
  readonly parts: readonly StoredEntity[];
  readonly memory: DeploymentMemory;
}

/** FrozenContent is the content of a deployment that is made now, and the chunks that it names by digests. */
export interface FrozenContent<D extends AnyDeployment = AnyDeployment> {
  readonly content: DeploymentContent<D>;
  readonly chunks: Chunks;
}

type StagePart<S extends AnyStage> = Pick<S, "apiId" | "id" | "spec">;

/**
 * DeploymentKind is how the APIs of one kind are deployed: there is one for REST APIs and one for HTTP APIs, in folders of their own with
 * the same file names. Whatever is done with deployments asks it, and looks at no kind itself. `deployment-kinds.ts` names them:
 *
 *     const deploymentKinds: Record<KindsOf<"api">, DeploymentKind> = { RestApi: restDeployments, Api: httpDeployments };
 */
export interface DeploymentKind<
  A extends AnyApi = AnyApi,
  S extends AnyStage = AnyStage,
  D extends AnyDeployment = AnyDeployment,
  M extends AnyManifest = AnyManifest,
> {
  readonly stageKind: S["kind"];
  readonly deploymentKind: D["kind"];
  /**
   * What a stage with autoDeploy promises. "strict": it serves the API as it is stored, so a change that does not compile is refused, and
   * the stage cannot be pointed elsewhere. "lenient": it serves the last version that compiled, so that an API can be built in steps that
   * do not; what keeps a change from being deployed is reported.
   */
  readonly autoDeploy: "strict" | "lenient";
  /** The message when a stage does not exist. */
  readonly missingStage: string;
  /** The message when there is nothing in an API that could be called. */
  readonly nothingToCall: string;
  /** How many methods or routes a deployment has. */
  callCountOf(content: DeploymentContent<D>): number;
  freeze(source: FreezeSource<A>): FrozenContent<D>;
  /** The id of a deployment that comes with a change. */
  automaticId(content: DeploymentContent<D>): string;
  /** The deployments that a stage points at. */
  deploymentIdsOf(stage: S): readonly string[];
  /** What a stage delivers with the deployments that it points at; undefined: nothing. */
  manifestOf(
    accountId: string,
    stage: StagePart<S>,
    deployment: (id: string) => D | undefined,
  ): M | undefined;
  /** Digests of the chunks that a deployment, or a manifest, needs. */
  digestsOf(content: DeploymentContent<D>): readonly string[];
  digestsOfManifest(manifest: M): readonly string[];
  /** Compiles a stage as the nodes will. `chunk` finds one of its API by its digest. */
  problemsOf(
    manifest: M,
    chunk: (digest: string) => string | undefined,
    memory: DeploymentMemory,
  ): Promise<readonly Problem[]>;
  /** Everything that a deployment froze, the API itself first. */
  frozenEntities(deployment: D, chunk: (digest: string) => string | undefined): readonly FrozenEntity<Kind>[];
}
