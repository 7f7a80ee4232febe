export { isGuarded, NO_BASE_PATH } from "./domain-name/domain-name.ts";
export type { Api, CorsConfiguration, HttpApi } from "./api/api.ts";
export type { HttpApiAuthorizer } from "./api/authorizer.ts";
export type { HttpApiIntegration } from "./api/integration.ts";
export type { HttpApiRoute } from "./api/route.ts";
export { DEFAULT_ROUTE, parseRouteKey, type RouteKey } from "./api/route-key.ts";
export type { RouteSettings } from "./api/stage.ts";
export { canonicalJson, digestOf } from "./canonical.ts";
export { diffSpecs, type MemberDiff } from "./diff.ts";
export {
  isApi,
  isKind,
  apiMember,
  isKindOf,
  kindRule,
  kinds,
  nameOf,
  parseName,
  type Entity,
  type EntityRef,
  type Kind,
  type SpecOf,
} from "./entity.ts";
export {
  newAccessKeyId,
  newApiId,
  newChildId,
  newSecretAccessKey,
  newSessionKeyId,
} from "./identifier.ts";
export { openIdConnectProviderId } from "./identity/open-id-connect-provider.ts";
export { SESSION_MIN_S } from "./identity/role.ts";
export { parseManifest, parseSpecJson, SPEC_MAX_BYTES, type Manifest } from "./parse.ts";
export { problemCatalogue, type Parsed, type Problem, type ProblemParams } from "./problem.ts";
export { danglingProblem, referencesOf, type Reference } from "./references.ts";
export { completeSecrets, hasSecrets, mapSecrets } from "./secret.ts";
export { HTTP_METHODS, pathProblem, type Method } from "./rest-api/resource.ts";
export { sourcesOf, ttlSecondsOf, type Authorizer } from "./rest-api/authorizer.ts";
export {
  DOCUMENTATION_PART_TYPES,
  documentationLocation,
  LOCATION_MEMBERS,
  type DocumentationLocation,
  type DocumentationPartType,
} from "./rest-api/documentation.ts";
export { quotaPeriodOf, type QuotaPeriod } from "./usage-plan/quota-period.ts";
export { ipAddressTypeOf, type EndpointConfiguration } from "./rest-api/endpoint-configuration.ts";
export type { ThrottleSettings } from "./usage-plan/throttle.ts";
export { GATEWAY_RESPONSE_TYPES, type GatewayResponseType } from "./rest-api/gateway-response.ts";
export type { MethodSetting } from "./rest-api/stage.ts";
export type { Integration, IntegrationResponse } from "./rest-api/integration.ts";
export {
  accountResourceName,
  chunkResourceName,
  domainResourceName,
  stageResourceName,
  usagePlanResourceName,
  type AccountConfig,
  type BasePathMapping,
  type DomainConfig,
  type Chunk,
  type Definition,
  type Frozen,
  type FrozenApi,
  type FrozenResource,
  type HttpStageManifest,
  type ServiceEndpointConfig,
  type StageManifest,
  type UsagePlanConfig,
} from "./stage-config.ts";
