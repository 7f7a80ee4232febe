export { targetArn, targetOfArn } from "./alarm/actions.ts";
export {
  ALARM_STATES,
  type AlarmRule,
  type AlarmState,
  alarmNameOf,
  alarmsOfRule,
  isRuleTrue,
  parseAlarmRule,
} from "./alarm/alarm-rule.ts";
export { alarmPeriod } from "./alarm/check-alarm.ts";
export { isExtendedStatistic, STATISTICS } from "./alarm/metric.ts";
export type { AlarmMetricQuery } from "./alarm/metric-query.ts";
export type { HttpApiAuthorizer, WebSocketAuthorizer } from "./api/authorizer.ts";
export type { HttpApiIntegration, WebSocketIntegration } from "./api/integration.ts";
export type { HttpApiRoute, WebSocketRouteSpec } from "./api/route.ts";
export { certificateArn, certificateIdIn } from "./certificate/arn.ts";
export {
  CHALLENGE_TYPES,
  type Challenge,
  type ChallengesConfig,
  type ChallengeType,
} from "./certificate/challenge.ts";
export { validationRecord } from "./certificate/validation-record.ts";
export {
  BILLING_EVENTS,
  type BillingEventType,
  isEventWanted,
  USAGE_REPORTED,
} from "./customer/billing-events.ts";
export { type ChargedUsage, chargedBy } from "./customer/charged-by.ts";
export { party, seller } from "./customer/party.ts";
export {
  dateIn,
  isReached,
  type SubscriptionState,
  subscriptionState,
} from "./customer/subscription-state.ts";
export type { Delivery, KindDefinition } from "./define-kind.ts";
export { diffSpecs, type MemberDiff } from "./diff.ts";
export {
  isOrdered,
  type OwnershipLapse,
  ownershipLapse,
  unproved,
} from "./domain-name/ownership.ts";
export type { RoutingRule } from "./domain-name/routing-rule.ts";
export { readTruststore, TRUSTSTORE_MAX, truststoreFacts } from "./domain-name/truststore.ts";
export { uploadedBody, uploadedOf } from "./domain-name/uploaded.ts";
export {
  type Entity,
  type EntityRef,
  isKindOf,
  nameOf,
  parseName,
} from "./entity.ts";
export { facts as configFacts } from "./facts.ts";
export {
  newAccessKeyId,
  newApiId,
  newChildId,
  newSecretAccessKey,
  newSessionKeyId,
  randomId,
} from "./identifier.ts";
export { accessKeyName, apiKeyName } from "./key-name.ts";
export {
  apiKinds,
  apiMember,
  type HolderKind,
  holderKinds,
  isApi,
  isComponent,
  isDeployment,
  isFrozen,
  isHolder,
  isKind,
  isNumerous,
  isStage,
  type Kind,
  type KindsIn,
  type KindsOf,
  kindNames,
  kindRule,
  kinds,
  kindsBelow,
  numerousKinds,
  parentOf,
  type SpecOf,
} from "./kind.ts";
export type { CorsConfiguration, HttpApi, WebSocketApi } from "./kinds/api.ts";
export type { RouteSettings } from "./kinds/api-stage.ts";
export type { CertificateConfig } from "./kinds/certificate.ts";
export {
  type BasePathMapping,
  certificateOf,
  type DomainConfig,
  type HeaderMatch,
  NO_BASE_PATH,
  type PrivateDomainConfig,
  pendingOf,
} from "./kinds/domain-name.ts";
export { isBuiltInModel } from "./kinds/model.ts";
export { openIdConnectProviderId } from "./kinds/open-id-connect-provider.ts";
export { SESSION_MIN_S } from "./kinds/role.ts";
export type { MethodSetting } from "./kinds/stage.ts";
export type { UsagePlanConfig } from "./kinds/usage-plan.ts";
export type { WebAclConfig } from "./kinds/web-acl.ts";
export {
  defaultOf,
  type JsonSchema,
  manifestsSchema,
  memberAt,
  membersOf,
  type SchemaMember,
  specSchema,
  typeOf,
} from "./manifest-schema.ts";
export { isMeter, type Meter, meters, unitOf, unitsOfBytes } from "./meter/meters.ts";
export { isNestedDeeper } from "./nesting.ts";
export { type Manifest, parseManifest, parseSpecJson } from "./parse.ts";
export { currencyDecimals, isCurrency } from "./price-plan/currency.ts";
export { dateOrInstant, isDate, isInstant, isMonth, isTimeZone } from "./price-plan/date.ts";
export type { MeteredPrice, Price, Tax, Tier } from "./price-plan/price.ts";
export { type PricePlanSpec, pricePlan } from "./price-plan/price-plan.ts";
export type { Discount, PriceVersion } from "./price-plan/version.ts";
export { apiUrl, awsPublicUrl, urlSuffix } from "./public-url.ts";
export { type QuotaUse, quotaUsesOf } from "./quota.ts";
export {
  danglingProblem,
  isReferredFromApis,
  type Reference,
  referencesOf,
  refersToAny,
} from "./references.ts";
export {
  DOCUMENTATION_PART_TYPES,
  type DocumentationLocation,
  type DocumentationPartType,
  documentationLocation,
} from "./rest-api/documentation.ts";
export { type EndpointConfiguration, ipAddressTypeOf } from "./rest-api/endpoint-configuration.ts";
export { HTTP_METHODS } from "./rest-api/http-methods.ts";
export { type Integration, type IntegrationResponse, TIMEOUT_MAX_MS } from "./rest-api/integration.ts";
export type { Method } from "./rest-api/method.ts";
export { pathProblem } from "./rest-api/resource-path.ts";
export * from "./runtime.ts";
export { problemOfIssue } from "./schema-issue.ts";
export {
  alternativeOf,
  type Member,
  memberShape,
  type ObjectShape,
  objectAt,
  type Shape,
  shapeOf,
} from "./schema-shape.ts";
export { completeSecrets, deferSecrets, hasSecrets, mapSecrets } from "./secret.ts";
export type { AccessLogSettings } from "./stage/access-log-settings.ts";
export type { StageMeter } from "./stage/stage-meters.ts";
export type {
  AccountConfig,
  Chunk,
  FrozenApi,
  FrozenComponent,
  FrozenEntity,
  FrozenResource,
  HttpStageManifest,
  SamplingRuleConfig,
  ServiceEndpointConfig,
  StageManifest,
  WebSocketStageManifest,
} from "./stage-config.ts";
export type { ThrottleSettings } from "./usage-plan/throttle.ts";
export type { CustomResponse, RuleAction } from "./web-acl/actions.ts";
export { fromAwsNames, toAwsNames } from "./web-acl/aws-names.ts";
export { CAPACITY_MAX, capacityOf } from "./web-acl/capacity.ts";
export type { FieldToMatch, TextTransformations, TextTransformationType } from "./web-acl/field-to-match.ts";
export { LOG_DESTINATION, logging } from "./web-acl/logging.ts";
export { foreignArnsIn, mentionsIn, type Rule } from "./web-acl/rule.ts";
export type {
  ByteMatchStatement,
  CustomKey,
  ForwardedIPConfig,
  IpSetReferenceStatement,
  LabelMatchStatement,
  ManagedRuleGroupStatement,
  RateBasedStatement,
  RuleGroupReferenceStatement,
  Statement,
} from "./web-acl/statement.ts";
