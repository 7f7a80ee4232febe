import type {
  Entity,
  FrozenEntity,
  HttpStageManifest,
  Kind,
  KindsOf,
  Problem,
  StageManifest,
  WebSocketStageManifest,
} from "@tollgate/config";
import type { StoredEntity } from "../mirror/stored-entity.ts";
import type { DeploymentMemory } from "./deployment-memory.ts";

type AnyOf<K extends Kind> = { readonly [One in K]: Entity<One> }[K];
export type AnyApi = AnyOf<KindsOf<"api">>;
export type AnyStage = AnyOf<KindsOf<"stage">>;
export type AnyDeployment = AnyOf<KindsOf<"deployment">>;
export type AnyManifest = StageManifest | HttpStageManifest | WebSocketStageManifest;

/** Members of a deployment that describe its origin. */
type Origin = "description" | "createTimeUnixMs" | "autoDeployed";

/** DeploymentContent is what a deployment contains of its API. It never changes. */
export type DeploymentContent<D extends AnyDeployment = AnyDeployment> = D extends AnyDeployment
  ? Omit<D["spec"], Origin>
  : never;

/** Chunks by "{apiId}/{digest}". APIs do not share chunks, even if they are equal. */
export type Chunks = ReadonlyMap<string, string>;

/** FreezeSource is an API that is to be frozen. */
export interface FreezeSource<A extends AnyApi = AnyApi> {
  readonly accountId: string;
  readonly api: A;
  /** The entities below it. */
  readonly parts: readonly StoredEntity[];
  readonly memory: DeploymentMemory;
}

/** FrozenContent is the content of a new deployment, and the chunks that it names by digest. */
export interface FrozenContent<D extends AnyDeployment = AnyDeployment> {
  readonly content: DeploymentContent<D>;
  readonly chunks: Chunks;
}

type StagePart<S extends AnyStage> = Pick<S, "apiId" | "id" | "spec">;

/**
 * DeploymentKind says how the APIs of one kind are deployed. There is one for REST APIs and one for HTTP APIs, in parallel folders with the
 * same file names; `http-api/deployment-kind.ts` is the smaller one. All operations on deployments use it instead of checking the kind of
 * an API. `deployment-kinds.ts` lists them:
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
   * What a stage with autoDeploy guarantees. "strict": it serves the stored API, so a change that does not compile is refused, and the stage
   * cannot be pointed at another deployment. "lenient": it serves the last version that compiled, so that an API can be built in steps that
   * do not compile; the problems that prevent a deployment are reported.
   */
  readonly autoDeploy: "strict" | "lenient";
  /** The message when a stage does not exist. */
  readonly missingStage: string;
  /** The message when an API contains nothing that can be called. */
  readonly nothingToCall: string;
  /** What prevents that an API is deployed where this is asked for. */
  notDeployable(api: A): readonly Problem[];
  /** The description of an automatic deployment. */
  readonly automaticDescription: string;
  /** How many methods or routes a deployment has. */
  callCountOf(content: DeploymentContent<D>): number;
  freeze(source: FreezeSource<A>): FrozenContent<D>;
  /** The id of an automatic deployment. */
  automaticId(content: DeploymentContent<D>): string;
  /** The deployments that a stage points at. */
  deploymentIdsOf(stage: S): readonly string[];
  /** What nodes get for a stage and the deployments that it points at. undefined: nothing. */
  manifestOf(
    accountId: string,
    stage: StagePart<S>,
    deployment: (id: string) => D | undefined,
  ): M | undefined;
  /** Digests of the chunks of a deployment or a manifest. */
  digestsOf(content: DeploymentContent<D>): readonly string[];
  digestsOfManifest(manifest: M): readonly string[];
  /** Compiles a stage as the nodes will. `chunk` finds a chunk of its API by its digest. */
  problemsOf(
    manifest: M,
    chunk: (digest: string) => string | undefined,
    memory: DeploymentMemory,
  ): Promise<readonly Problem[]>;
  /** The entities that a deployment froze, the API itself first. */
  frozenEntities(deployment: D, chunk: (digest: string) => string | undefined): readonly FrozenEntity<Kind>[];
}
