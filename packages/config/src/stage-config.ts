import type { SpecOf } from "./entity.ts";

/** FrozenResource is a resource as a deployment keeps it. */
export interface FrozenResource {
  readonly id: string;
  readonly spec: SpecOf<"Resource">;
}

/** StageManifest is the unit of delivery: one deployed stage, its methods named by the digests of their chunks. */
export interface StageManifest {
  readonly accountId: string;
  readonly restApiId: string;
  readonly stageName: string;
  readonly deploymentId: string;
  readonly restApi: SpecOf<"RestApi">;
  readonly stage: SpecOf<"Stage">;
  readonly chunks: readonly string[];
}

/** Chunk is a run of a deployment's resources, the unit of storage and of transfer. */
export interface Chunk {
  readonly digest: string;
  readonly resources: readonly FrozenResource[];
}

/** AccountConfig is what the calls of an account need besides their stage. */
export interface AccountConfig {
  readonly accountId: string;
  /** "{service}.{region}" -> base URL. */
  readonly serviceEndpoints: Readonly<Record<string, string>>;
}

/** BasePathMapping is one way from a custom domain to a stage. */
export interface BasePathMapping {
  /** Segments without slashes around them; empty for the one without a base path. */
  readonly basePath: string;
  readonly restApiId: string;
  /** undefined: the next path segment names it. */
  readonly stage: string | undefined;
}

/** DomainConfig is a custom domain as it is delivered, the longest base path first. */
export interface DomainConfig {
  readonly domainName: string;
  readonly mappings: readonly BasePathMapping[];
}

/** Names of delivered resources; the part before the first slash is the type. */
export const stageResourceName = (restApiId: string, stageName: string): string =>
  `stage/${restApiId}/${stageName}`;
export const chunkResourceName = (digest: string): string => `chunk/${digest}`;
export const domainResourceName = (domainName: string): string => `domain/${domainName}`;
export const accountResourceName = (accountId: string): string => `account/${accountId}`;
