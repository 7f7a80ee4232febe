export { isGuarded, NO_BASE_PATH, type BasePathMapping, type DomainConfig } from "./kinds/domain-name.ts";
export type { CorsConfiguration, HttpApi } from "./kinds/api.ts";
export type { HttpApiAuthorizer } from "./api/authorizer.ts";
export type { HttpApiIntegration } from "./api/integration.ts";
export type { HttpApiRoute } from "./api/route.ts";
export { DEFAULT_ROUTE, parseRouteKey, type RouteKey } from "./api/route-key.ts";
export type { RouteSettings } from "./kinds/api-stage.ts";
export { canonicalJson, digestOf } from "./canonical.ts";
export { diffSpecs, type MemberDiff } from "./diff.ts";
export type { Delivery, KindDefinition } from "./define-kind.ts";
export {
  isKindOf,
  nameOf,
  parseName,
  type Entity,
  type EntityRef,
} from "./entity.ts";
export {
  apiKinds,
  apiMember,
  holderKinds,
  isApi,
  isComponent,
  isDeployment,
  isFrozen,
  isHolder,
  isKind,
  isStage,
  kindsBelow,
  kindNames,
  kindRule,
  kinds,
  parentOf,
  type HolderKind,
  type Kind,
  type KindsIn,
  type KindsOf,
  type SpecOf,
} from "./kind.ts";
export { accessKeyName, apiKeyName } from "./key-name.ts";
export { quotaUsesOf, type QuotaUse } from "./quota.ts";
export {
  accountArtifactName,
  chunkArtifactName,
  domainArtifactName,
  parseArtifactName,
  stageArtifactName,
  usagePlanArtifactName,
  type ArtifactName,
} from "./artifact-name.ts";
export {
  newAccessKeyId,
  newApiId,
  newChildId,
  newSecretAccessKey,
  newSessionKeyId,
} from "./identifier.ts";
export { openIdConnectProviderId } from "./kinds/open-id-connect-provider.ts";
export { SESSION_MIN_S } from "./kinds/role.ts";
export { parseManifest, parseSpecJson, type Manifest } from "./parse.ts";
export { facts as configFacts } from "./facts.ts";
export {
  factCatalogue,
  problemAt,
  type Fact,
  type FactParams,
  type Parsed,
  type Problem,
} from "./problem.ts";
export { problemOfIssue } from "./schema-issue.ts";
export { danglingProblem, isReferredFromApis, referencesOf, type Reference } from "./references.ts";
export {
  alternativeOf,
  memberShape,
  objectAt,
  shapeOf,
  type Member,
  type ObjectShape,
  type Shape,
} from "./schema-shape.ts";
export { completeSecrets, hasSecrets, mapSecrets } from "./secret.ts";
export { HTTP_METHODS } from "./rest-api/http-methods.ts";
export type { Method } from "./rest-api/method.ts";
export { pathProblem } from "./rest-api/resource-path.ts";
export { sourcesOf, ttlSecondsOf } from "./kinds/authorizer.ts";
export {
  DOCUMENTATION_PART_TYPES,
  documentationLocation,
  type DocumentationLocation,
  type DocumentationPartType,
} from "./rest-api/documentation.ts";
export { quotaPeriodOf, type QuotaPeriod } from "./usage-plan/quota-period.ts";
export { ipAddressTypeOf, type EndpointConfiguration } from "./rest-api/endpoint-configuration.ts";
export type { ThrottleSettings } from "./usage-plan/throttle.ts";
export { GATEWAY_RESPONSE_TYPES, type GatewayResponseType } from "./kinds/gateway-response.ts";
export type { MethodSetting } from "./kinds/stage.ts";
export type { Integration, IntegrationResponse } from "./rest-api/integration.ts";
export type {
  AccountConfig,
  Chunk,
  FrozenComponent,
  FrozenEntity,
  FrozenApi,
  FrozenResource,
  HttpStageManifest,
  ServiceEndpointConfig,
  StageManifest,
} from "./stage-config.ts";
export type { UsagePlanConfig } from "./kinds/usage-plan.ts";
