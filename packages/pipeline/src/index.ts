export { checkRestApi } from "./rest-api/compile-context.ts";
export { ASIDE_FROM_CHARS, performBodyWork, type BodyResult, type BodyWork } from "./values/body-work.ts";
export { Call, type CallInit } from "./call/call.ts";
export { ExecutionLog } from "./call/execution-log.ts";
export {
  checkResource,
  compileStage,
  type CompileInput,
  type CompileOutcome,
} from "./rest-api/compile.ts";
export {
  checkHttpApi,
  compileHttpStage,
  type HttpCompileInput,
  type HttpCompileOutcome,
} from "./http-api/compile.ts";
export { javaDate } from "./call/dates.ts";
export {
  type AccessKeyRecord,
  type ApiKeyRecord,
  type Directory,
  type Lookup,
} from "./runtime/directory.ts";
export { authorizerProblems } from "./rest-api/authorizers/authorization.ts";
export type { Allowance, Limiter } from "./runtime/limiter.ts";
export { RuntimeState } from "./runtime/runtime-state.ts";
export { deny, gatewayErrors, Unavailable, type GatewayErrorType } from "./call/errors.ts";
export { ModelRegistry } from "./values/model-registry.ts";
export { nullPorts } from "./engine/ports.ts";
export type {
  Exchange,
  Observer,
  ObserverFactory,
  Ports,
  Transport,
  UpstreamControl,
  UpstreamFailure,
  UpstreamHandler,
  UpstreamRequest,
  UpstreamTls,
} from "./engine/ports.ts";
export type { Reply } from "./call/reply.ts";
export type { Route, RouteContext } from "./engine/route.ts";
export { Router, type Generation } from "./engine/router.ts";
export { answer, run } from "./engine/run.ts";
export type { DeployedStage, RestStage } from "./engine/stage.ts";
