import type {
  AccountConfig,
  Chunk,
  FrozenComponent,
  Method,
  MethodSetting,
  SpecOf,
  StageManifest,
} from "@tollgate/config";
import { canonicalJson, type Problem, problemAt } from "@tollgate/config/runtime";
import type { Policy, PolicyProblem } from "@tollgate/iam";
import { compileResourcePolicy } from "../authorization/resource-policy.ts";
import type { Route } from "../call/call.ts";
import type { RouteContext } from "../call/route-context.ts";
import { anyStageVariable, endpointsOf } from "../engine/endpoints.ts";
import { facts } from "../engine/facts.ts";
import type { Ports } from "../engine/ports.ts";
import type { LiveStage } from "../engine/stage.ts";
import { type Components, NO_COMPONENTS, readComponents } from "./components.ts";
import type { PathTrie } from "./routes.ts";

/** RestContext is what the methods of one deployed stage of a REST API have in common at compile time. */
export interface RestContext extends RouteContext {
  readonly binaryMediaTypes: readonly string[];
  readonly isEdge: boolean;
  readonly endpointType: string;
  readonly tracingEnabled: boolean;
  /** Takes part in a canary release: true for its calls; undefined: the stage has none. */
  readonly isCanary: boolean | undefined;
  readonly methodSettings: Readonly<Record<string, MethodSetting>>;
  readonly minimumCompressionSize: number | undefined;
  readonly clientCertificateId: string | undefined;
  readonly apiKeySource: "HEADER" | "AUTHORIZER";
  /** The API's own policy. */
  readonly resourcePolicy: Policy | undefined;
  /** Whether the stage has a cache, and which one. */
  readonly cacheEnabled: boolean;
  readonly cacheEpoch: number;
  readonly authorizerCacheEpoch: number;
  /** A canary that uses the cache of its stage. */
  readonly sharesStageCache: boolean;
  readonly components: Components;
}

/** RestRoute is a compiled method. */
export interface RestRoute extends Route {
  readonly context: RestContext;
  /** What the method asks of a request; undefined for calls that no method takes. */
  readonly method: Method | undefined;
  readonly settings: MethodSetting | undefined;
}

/** RestStage is a compiled stage of a REST API. */
export interface RestStage extends LiveStage {
  readonly protocol: "REST";
  readonly context: RestContext;
  readonly manifest: StageManifest;
  readonly canary: { readonly stage: RestStage; readonly share: number } | undefined;
  /** What the routes were compiled against, canonical: a version with the same can take them over. */
  readonly contextKey: string;
  readonly routes: PathTrie<RestRoute>;
  /** Routes by the digest of the chunk that they were compiled from: what the next version can take over. */
  readonly routesByChunk: ReadonlyMap<string, readonly RestRoute[]>;
}

export interface RestCompileInput {
  readonly manifest: StageManifest;
  /** Content of every chunk that the manifest names. */
  readonly chunk: (digest: string) => Chunk | undefined;
  readonly account: AccountConfig | undefined;
  readonly ports: Ports;
  /** Whether the canary of the stage is compiled; undefined: the stage has none. */
  readonly isCanary?: boolean | undefined;
  /** The version before: what did not change is taken over from it. */
  readonly previous: RestStage | undefined;
}

/** What the methods of a deployment have in common. */
function contextOf(
  { manifest, account, ports, isCanary }: RestCompileInput,
  components: Components,
  resourcePolicy: Policy | undefined,
): RestContext {
  return {
    accountId: manifest.accountId,
    apiId: manifest.apiId,
    apiName: manifest.restApi.name,
    stageName: manifest.stageName,
    protocol: "REST",
    stageVariables: manifest.stage.variables,
    binaryMediaTypes: manifest.restApi.binaryMediaTypes,
    isEdge: manifest.restApi.endpointConfiguration.types.includes("EDGE"),
    endpointType: manifest.restApi.endpointConfiguration.types.join(","),
    accessLogSettings: manifest.stage.accessLogSettings,
    tracingEnabled: manifest.stage.tracingEnabled,
    ...endpointsOf(account, ports),
    isCanary,
    reportedStage: isCanary ? `${manifest.stageName}/Canary` : manifest.stageName,
    ownVariables: isCanary === undefined ? {} : { isCanaryRequest: String(isCanary) },
    methodSettings: manifest.stage.methodSettings,
    minimumCompressionSize: manifest.restApi.minimumCompressionSize,
    clientCertificateId: manifest.stage.clientCertificateId,
    webAclId: manifest.stage.webAclId,
    meters: manifest.stage.meters,
    region: ports.region,
    tags: { ...manifest.restApi.tags, ...manifest.stage.tags },
    apiKeySource: manifest.restApi.apiKeySource,
    resourcePolicy,
    accountThrottle: account?.throttle,
    samplingRules: account?.samplingRules ?? [],
    cacheEnabled: manifest.stage.cacheClusterEnabled,
    cacheEpoch: manifest.stage.cacheEpoch,
    authorizerCacheEpoch: manifest.stage.authorizerCacheEpoch,
    sharesStageCache: manifest.stage.canarySettings?.useStageCache ?? false,
    components,
  };
}

/** contextKeyOf is what routes were compiled against; equal text means that they can be taken over. */
export const contextKeyOf = ({ manifest, account, isCanary }: RestCompileInput): string =>
  canonicalJson([
    manifest.accountId,
    manifest.restApi,
    manifest.definitions,
    manifest.stage.variables,
    manifest.stage.tracingEnabled,
    manifest.stage.methodSettings,
    manifest.stage.accessLogSettings ?? null,
    manifest.stage.clientCertificateId ?? null,
    manifest.stage.webAclId ?? null,
    manifest.stage.meters ?? null,
    manifest.stage.tags ?? null,
    manifest.stage.cacheClusterEnabled,
    manifest.stage.cacheEpoch,
    manifest.stage.authorizerCacheEpoch,
    manifest.stage.canarySettings?.useStageCache ?? null,
    isCanary ?? null,
    account?.serviceEndpoints ?? null,
    account?.vpcLinks ?? null,
    account?.vpcEndpoints ?? null,
    account?.throttle ?? null,
    account?.samplingRules ?? null,
  ]);

/** The components of a deployment; chunks that are missing are problems. */
function componentsOf({ manifest, chunk }: RestCompileInput): {
  components: Components;
  problems: readonly Problem[];
} {
  const found: FrozenComponent[] = [];
  const missing: Problem[] = [];
  for (const digest of manifest.definitions) {
    const content = chunk(digest);
    if (!content) missing.push(missingChunk(manifest, digest));
    for (const entity of content?.entities ?? []) if (entity.kind !== "Resource") found.push(entity);
  }
  return { components: readComponents(manifest.apiId, found), problems: missing };
}

/** What the methods of a deployment have in common, and what keeps it from being had. */
export function contextAndProblems(input: RestCompileInput): {
  context: RestContext;
  problems: readonly Problem[];
} {
  const { manifest, ports } = input;
  const { components, problems } = componentsOf(input);
  const { policy, problems: ofPolicy } = compileResourcePolicy(manifest.restApi.policy, {
    region: ports.region,
    accountId: manifest.accountId,
    apiId: manifest.apiId,
  });
  return {
    context: contextOf(input, components, policy),
    problems: [...problems, ...ofPolicy.map((problem) => policyProblem(manifest.apiId, problem))],
  };
}

const policyProblem = (apiId: string, { path, message }: PolicyProblem): Problem =>
  problemAt(`RestApi/${apiId}.policy${path}`, facts.POLICY_INVALID({ reason: message }));

/** checkRestApi reports what of an API would not compile in any stage. */
export const checkRestApi = (apiId: string, { policy }: SpecOf<"RestApi">): readonly Problem[] =>
  compileResourcePolicy(policy, { region: "", accountId: "", apiId }).problems.map((problem) =>
    policyProblem(apiId, problem),
  );

export const missingChunk = ({ stageName, deploymentId }: StageManifest, digest: string): Problem =>
  problemAt(`Stage/${stageName}`, facts.CHUNK_MISSING({ digest: digest.slice(0, 12), deploymentId }));

/** anyContext is for checking a method before it is known which stage it will be deployed to. */
export const anyContext: RestContext = {
  accountId: "",
  apiId: "",
  apiName: "",
  stageName: "",
  protocol: "REST",
  reportedStage: "",
  ownVariables: {},
  isCanary: undefined,
  stageVariables: anyStageVariable,
  binaryMediaTypes: [],
  isEdge: false,
  endpointType: "REGIONAL",
  accessLogSettings: undefined,
  tracingEnabled: false,
  methodSettings: {},
  minimumCompressionSize: undefined,
  clientCertificateId: undefined,
  region: "",
  apiKeySource: "HEADER",
  resourcePolicy: undefined,
  accountThrottle: undefined,
  samplingRules: [],
  cacheEnabled: true,
  cacheEpoch: 0,
  authorizerCacheEpoch: 0,
  sharesStageCache: false,
  components: NO_COMPONENTS,
  serviceEndpoint: () => ({ url: "http://service", profile: undefined }),
  vpcLink: () => undefined,
  vpcOf: () => undefined,
  privateTarget: () => undefined,
};
