import type { HttpStage } from "./http-api/context.ts";
import type { RestStage } from "./rest-api/context.ts";
import type { WebSocketStage } from "./websocket-api/context.ts";

export {
  compileDomainPolicy,
  type DomainAccess,
  type DomainPlace,
  domainAccess,
  type PrivateDomain,
} from "./authorization/domain-access.ts";
export type { AuthorizerResult } from "./authorization/identity.ts";
export { TokenKeys } from "./authorization/token-keys.ts";
export { BodyParts } from "./call/body-parts.ts";
export {
  Call,
  type Observer,
  type Route,
} from "./call/call.ts";
export type { CallerOf, CallInit } from "./call/call-init.ts";
export type { ConnectionKey } from "./call/caller-key.ts";
export { CHUNK_BYTES, chunks } from "./call/chunk-pool.ts";
export { javaDate } from "./call/dates.ts";
export type { EdgeNode } from "./call/edge-node.ts";
export { deny, serviceUnavailable, Unavailable } from "./call/errors.ts";
export type { BodySink, Exchange, RequestStream, ResponseSource } from "./call/exchange.ts";
export { type GatewayErrorType, gatewayErrors } from "./call/gateway-errors.ts";
export type { PrivateNetwork } from "./call/private-network.ts";
export type { Reply } from "./call/reply.ts";
export type { RouteContext } from "./call/route-context.ts";
export { isSecretName } from "./call/secret-words.ts";
export type { ClientCertificate, TlsSession } from "./call/tls-session.ts";
export type { WafAction, WafOutcome, WafRule } from "./call/waf-outcome.ts";
export { nullPorts, type ObserverFactory, type Ports } from "./engine/ports.ts";
export { type AddressRules, enterStage, type Generation, type LiveDomain, Router } from "./engine/router.ts";
export { respond, run } from "./engine/run.ts";
export { throttleOf } from "./filters/throttling.ts";
export { checkHttpApi, compileHttpStage, type HttpCompileOutcome } from "./http-api/compile.ts";
export type { HttpCompileInput } from "./http-api/context.ts";
export { authorizerProblems } from "./rest-api/authorizers/authorization.ts";
export { restStateOf } from "./rest-api/call-state.ts";
export { checkResource, compileRestStage, type RestCompileOutcome } from "./rest-api/compile.ts";
export { checkRestApi, type RestCompileInput } from "./rest-api/context.ts";
export type { AccessKeyRecord, ApiKeyRecord, Directory, Lookup } from "./runtime/directory.ts";
export type { Allowance, Limiter } from "./runtime/limiter.ts";
export { RuntimeState, type SharedCaches } from "./runtime/runtime-state.ts";
export type { Kept, SharedLevel } from "./runtime/shared-level.ts";
export { fetchWhole } from "./upstream/fetch-whole.ts";
export {
  type Transport,
  type UpstreamBody,
  type UpstreamControl,
  type UpstreamFailure,
  type UpstreamHandler,
  type UpstreamRequest,
  type UpstreamTls,
  wholeBody,
} from "./upstream/transport.ts";
export { ASIDE_FROM_CHARS, type BodyResult, type BodyWork, performBodyWork } from "./values/body-work.ts";
export { ModelRegistry } from "./values/model-registry.ts";
export { checkPatternSet, checkRuleGroup, checkWebAcl } from "./waf/check-web-acl.ts";
export {
  compileWebAcl,
  type WebAclCompileOutcome,
  type WebAclInput,
  type WebAclSources,
} from "./waf/compile-web-acl.ts";
export type { LiveWebAcl, WebAcl } from "./waf/web-acl.ts";
export type { HttpStage, RestStage, WebSocketStage };
/** DeployedStage is a compiled stage of any protocol. */
export type DeployedStage = RestStage | HttpStage | WebSocketStage;
export { type ExchangedResponse, WholeExchange } from "./call/whole-exchange.ts";
export { keptInCalls, type LogGroup, type LogSink, noLogs, type WriteLog } from "./logs/log-sink.ts";
export * from "./node.ts";
export type { Closing } from "./websocket-api/call-state.ts";
export {
  disconnectCall,
  isHandshake,
  type Moment,
  messageCall,
  openConnection,
  selectRoute,
} from "./websocket-api/calls.ts";
export {
  checkWebSocketApi,
  compileWebSocketStage,
  type WebSocketCompileOutcome,
} from "./websocket-api/compile.ts";
export {
  type Role as WebSocketRole,
  type WebSocketCompileInput,
  webSocketRoleOf,
} from "./websocket-api/context.ts";
export { MESSAGE_MAX_BYTES } from "./websocket-api/limits.ts";
