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
export { DEFAULT_ROUTE, parseRouteKey, type RouteKey, routeKeyShape } from "./api/route-key.ts";
export {
  isServiceSubtype,
  lacksParameters,
  type ServiceSubtype,
  serviceActionOf,
  unknownParameter,
} from "./api/service-action.ts";
export {
  type ArtifactName,
  accountArtifactName,
  certificateArtifactName,
  challengesArtifactName,
  chunkArtifactName,
  domainArtifactName,
  parseArtifactName,
  stageArtifactName,
  usagePlanArtifactName,
  type WafArtifact,
  wafArtifactName,
} from "./artifact-name.ts";
export { canonicalJson, digestOf } from "./canonical.ts";
export { certificateArn, certificateIdIn } from "./certificate/arn.ts";
export {
  CHALLENGE_TYPES,
  type Challenge,
  type ChallengesConfig,
  type ChallengeType,
} from "./certificate/challenge.ts";
export { chainOf, checkPair } from "./certificate/check.ts";
export { distinguishedName } from "./certificate/distinguished-name.ts";
export { weakKeyOf, weaknessOf } from "./certificate/strength.ts";
export { validationRecord } from "./certificate/validation-record.ts";
export { asLine, withoutControls } from "./control-characters.ts";
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
export type { RoutingRule } from "./domain-name/routing-rule.ts";
export { readTruststore, TRUSTSTORE_MAX, truststoreFacts } from "./domain-name/truststore.ts";
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
export { sourcesOf, ttlSecondsOf } from "./kinds/authorizer.ts";
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
export { GATEWAY_RESPONSE_TYPES, type GatewayResponseType } from "./kinds/gateway-response.ts";
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
export { connectionMinutes } from "./meter/connection-minutes.ts";
export { CUSTOM_METER_HELP, type CustomMeter, isCustomMeter, METER_VALUE_MAX } from "./meter/custom-meter.ts";
export { type MemberPath, parseMemberPath, valueAt } from "./meter/member-path.ts";
export { isMeter, type Meter, meters, unitOf, unitsOfBytes } from "./meter/meters.ts";
export { requestUnits } from "./meter/request-units.ts";
export { isNestedDeeper } from "./nesting.ts";
export { type Manifest, parseManifest, parseSpecJson } from "./parse.ts";
export { currencyDecimals, isCurrency } from "./price-plan/currency.ts";
export { dateOrInstant, isDate, isInstant, isMonth, isTimeZone } from "./price-plan/date.ts";
export type { MeteredPrice, Price, Tax, Tier } from "./price-plan/price.ts";
export { type PricePlanSpec, pricePlan } from "./price-plan/price-plan.ts";
export type { Discount, PriceVersion } from "./price-plan/version.ts";
export {
  type Fact,
  type FactParams,
  factCatalogue,
  type Parsed,
  type Problem,
  problemAt,
} from "./problem.ts";
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
export {
  isEnhanced,
  SECURITY_POLICIES,
  type Secured,
  type SecurityPolicyRule,
  securityFacts,
  securityPolicyRule,
} from "./security-policy.ts";
export type { AccessLogSettings } from "./stage/access-log-settings.ts";
export {
  ACCESS_LOG_VARIABLES,
  isAccessLogVariable,
  type LoggedProtocol,
  parseLogFormat,
  unsupportedLogVariables,
} from "./stage/access-log-variables.ts";
export { logGroupOfDestination } from "./stage/log-destination.ts";
export { methodSettingName, methodSettingOf } from "./stage/method-settings.ts";
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
export { type QuotaPeriod, quotaPeriodOf, startOfPeriod } from "./usage-plan/quota-period.ts";
export type { ThrottleSettings } from "./usage-plan/throttle.ts";
export type { CustomResponse, RuleAction } from "./web-acl/actions.ts";
export {
  idOfArn,
  isForeignArn,
  uuidOf,
  type WafPlace,
  type WafResource,
  wafArn,
  wafId,
} from "./web-acl/arn.ts";
export { fromAwsNames, toAwsNames } from "./web-acl/aws-names.ts";
export { CAPACITY_MAX, capacityOf } from "./web-acl/capacity.ts";
export type { FieldToMatch, TextTransformations, TextTransformationType } from "./web-acl/field-to-match.ts";
export { LOG_DESTINATION, logging } from "./web-acl/logging.ts";
export { type ManagedRuleGroup, managedRuleGroups } from "./web-acl/managed-rule-groups.ts";
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
