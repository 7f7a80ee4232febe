// What processes need that serve compiled configuration: none of the schemas, nor the library of schemas.
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
export { chainOf, checkPair } from "./certificate/check.ts";
export { distinguishedName } from "./certificate/distinguished-name.ts";
export { weakKeyOf, weaknessOf } from "./certificate/strength.ts";
export { asLine, withoutControls } from "./control-characters.ts";
export { connectionMinutes } from "./meter/connection-minutes.ts";
export { CUSTOM_METER_HELP, type CustomMeter, isCustomMeter, METER_VALUE_MAX } from "./meter/custom-meter.ts";
export { type MemberPath, parseMemberPath, valueAt } from "./meter/member-path.ts";
export { requestUnits } from "./meter/request-units.ts";
export {
  type Fact,
  type FactParams,
  factCatalogue,
  type Parsed,
  type Problem,
  problemAt,
} from "./problem.ts";
export { sourcesOf, ttlSecondsOf } from "./rest-api/authorizer-caching.ts";
export { GATEWAY_RESPONSE_TYPES, type GatewayResponseType } from "./rest-api/gateway-response-types.ts";
export {
  isEnhanced,
  SECURITY_POLICIES,
  type Secured,
  type SecurityPolicyRule,
  securityFacts,
  securityPolicyRule,
} from "./security-policy.ts";
export {
  ACCESS_LOG_VARIABLES,
  isAccessLogVariable,
  type LoggedProtocol,
  parseLogFormat,
  unsupportedLogVariables,
} from "./stage/access-log-variables.ts";
export { logGroupOfDestination } from "./stage/log-destination.ts";
export { methodSettingName, methodSettingOf } from "./stage/method-settings.ts";
export { type QuotaPeriod, quotaPeriodOf, startOfPeriod } from "./usage-plan/quota-period.ts";
export {
  idOfArn,
  isForeignArn,
  uuidOf,
  type WafPlace,
  type WafResource,
  wafArn,
  wafId,
} from "./web-acl/arn.ts";
export { type ManagedRuleGroup, managedRuleGroups } from "./web-acl/managed-rule-groups.ts";
