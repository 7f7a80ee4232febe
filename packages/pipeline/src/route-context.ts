import { canonicalJson } from "@tollgate/config";
import type { Policy } from "@tollgate/iam";
import type { CompileInput } from "./compile.ts";
import { NO_DEFINITIONS, type Definitions } from "./definitions.ts";
import type { RouteContext } from "./route.ts";

/** contextOf is what the methods of a deployment have in common. */
export function contextOf(
  { manifest, account, ports, isCanary }: CompileInput,
  definitions: Definitions,
  resourcePolicy: Policy | undefined,
): RouteContext {
  const endpoints = account?.serviceEndpoints ?? {};
  const links = account?.vpcLinks ?? {};
  const defaultEndpoint = (service: string, region: string) => {
    const url = ports.defaultServiceEndpoints(service, region);
    return url === undefined ? undefined : { url, profile: undefined };
  };
  return {
    accountId: manifest.accountId,
    restApiId: manifest.restApiId,
    apiName: manifest.restApi.name,
    stageName: manifest.stageName,
    stageVariables: manifest.stage.variables,
    binaryMediaTypes: manifest.restApi.binaryMediaTypes,
    isEdge: manifest.restApi.endpointConfiguration.types.includes("EDGE"),
    tracingEnabled: manifest.stage.tracingEnabled,
    serviceEndpoint: (service, region) =>
      endpoints[`${service}.${region}`] ?? endpoints[`${service}.*`] ?? defaultEndpoint(service, region),
    vpcLink: (id) => (Object.hasOwn(links, id) ? links[id] : undefined),
    isCanary,
    methodSettings: manifest.stage.methodSettings,
    minimumCompressionSize: manifest.restApi.minimumCompressionSize,
    clientCertificateId: manifest.stage.clientCertificateId,
    region: ports.region,
    apiKeySource: manifest.restApi.apiKeySource,
    resourcePolicy,
    accountThrottle: account?.throttle,
    cacheEnabled: manifest.stage.cacheClusterEnabled,
    cacheEpoch: manifest.stage.cacheEpoch,
    authorizerCacheEpoch: manifest.stage.authorizerCacheEpoch,
    sharesStageCache: manifest.stage.canarySettings?.useStageCache ?? false,
    definitions,
  };
}

/** contextKeyOf is what routes were compiled against; equal text means that they can be taken over. */
export const contextKeyOf = ({ manifest, account, isCanary }: CompileInput): string =>
  canonicalJson([
    manifest.accountId,
    manifest.restApi,
    manifest.definitions,
    manifest.stage.variables,
    manifest.stage.tracingEnabled,
    manifest.stage.methodSettings,
    manifest.stage.clientCertificateId ?? null,
    manifest.stage.cacheClusterEnabled,
    manifest.stage.cacheEpoch,
    manifest.stage.authorizerCacheEpoch,
    manifest.stage.canarySettings?.useStageCache ?? null,
    isCanary ?? null,
    account?.serviceEndpoints ?? null,
    account?.vpcLinks ?? null,
    account?.throttle ?? null,
  ]);

/** Stands in for stage variables that are not known yet: each is there. */
const anyStageVariable = new Proxy<Record<string, string>>({}, { get: () => "x" });

/** anyContext is for checking a method before it is known which stage it will be deployed to. */
export const anyContext: RouteContext = {
  accountId: "",
  restApiId: "",
  apiName: "",
  stageName: "",
  stageVariables: anyStageVariable,
  binaryMediaTypes: [],
  isEdge: false,
  tracingEnabled: false,
  isCanary: undefined,
  methodSettings: {},
  minimumCompressionSize: undefined,
  clientCertificateId: undefined,
  region: "",
  apiKeySource: "HEADER",
  resourcePolicy: undefined,
  accountThrottle: undefined,
  cacheEnabled: true,
  cacheEpoch: 0,
  authorizerCacheEpoch: 0,
  sharesStageCache: false,
  definitions: NO_DEFINITIONS,
  serviceEndpoint: () => ({ url: "http://service", profile: undefined }),
  vpcLink: () => undefined,
};
