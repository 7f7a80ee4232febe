export { checkRestApi } from "./compile-context.ts";
export { ASIDE_FROM_CHARS, performBodyWork, type BodyResult, type BodyWork } from "./body-work/body-work.ts";
export { Call, type CallInit } from "./call.ts";
export { ExecutionLog } from "./execution-log.ts";
export {
  checkResource,
  compileStage,
  type CompileInput,
  type CompileOutcome,
} from "./compile.ts";
export {
  checkHttpApi,
  compileHttpStage,
  type HttpCompileInput,
  type HttpCompileOutcome,
} from "./http-api/compile-http-stage.ts";
export { javaDate } from "./dates.ts";
export {
  type AccessKeyRecord,
  type ApiKeyRecord,
  type Directory,
  type Lookup,
} from "./directory.ts";
export { authorizerProblems } from "./filters/authorization.ts";
export type { Allowance, Limiter } from "./limiter.ts";
export { RuntimeState } from "./runtime/runtime-state.ts";
export { deny, gatewayErrors, Unavailable, type GatewayErrorType } from "./errors.ts";
export { ModelRegistry } from "./validation/model-registry.ts";
export { nullPorts } from "./ports.ts";
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
} from "./ports.ts";
export type { Reply } from "./reply.ts";
export type { Route, RouteContext } from "./route.ts";
export { Router, type Generation } from "./router.ts";
export { answer, run } from "./run.ts";
export type { DeployedStage, RestStage } from "./stage.ts";
