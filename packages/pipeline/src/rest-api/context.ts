import { canonicalJson, type AccountConfig } from "@tollgate/config";
import type { Policy } from "@tollgate/iam";
import type { CompileInput } from "./compile.ts";
import { NO_DEFINITIONS, type Definitions } from "./definitions.ts";
import type { Ports } from "../engine/ports.ts";
import type { RouteContext } from "../engine/route.ts";

/** endpointsOf finds what an account's integrations name: services of AWS, and VPC links. */
export function endpointsOf(
  account: AccountConfig | undefined,
  ports: Ports,
): Pick<RouteContext, "serviceEndpoint" | "vpcLink"> {
  const endpoints = account?.serviceEndpoints ?? {};
  const links = account?.vpcLinks ?? {};
  const defaultEndpoint = (service: string, region: string) => {
    const url = ports.defaultServiceEndpoints(service, region);
    return url === undefined ? undefined : { url, profile: undefined };
  };
  return {
    serviceEndpoint: (service, region) =>
      endpoints[`${service}.${region}`] ?? endpoints[`${service}.*`] ?? defaultEndpoint(service, region),
    vpcLink: (id) => (Object.hasOwn(links, id) ? links[id] : undefined),
  };
}

/** contextOf is what the methods of a deployment have in common. */
export function contextOf(
  { manifest, account, ports, isCanary }: CompileInput,
  definitions: Definitions,
  resourcePolicy: Policy | undefined,
): RouteContext {
  return {
    accountId: manifest.accountId,
    apiId: manifest.apiId,
    apiName: manifest.restApi.name,
    stageName: manifest.stageName,
    stageVariables: manifest.stage.variables,
    binaryMediaTypes: manifest.restApi.binaryMediaTypes,
    isEdge: manifest.restApi.endpointConfiguration.types.includes("EDGE"),
    tracingEnabled: manifest.stage.tracingEnabled,
    ...endpointsOf(account, ports),
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
    cors: undefined,
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

/** anyStageVariable stands in for stage variables that are not known yet: each is there. */
export const anyStageVariable = new Proxy<Record<string, string>>({}, { get: () => "x" });

/** anyContext is for checking a method before it is known which stage it will be deployed to. */
export const anyContext: RouteContext = {
  accountId: "",
  apiId: "",
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
  cors: undefined,
  serviceEndpoint: () => ({ url: "http://service", profile: undefined }),
  vpcLink: () => undefined,
};
