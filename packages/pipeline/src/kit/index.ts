export { isCrossSiteScripting } from "../waf/cross-site-scripting.ts";
export { isSqlInjection } from "../waf/sql-injection/sql-injection.ts";
export {
  type CallOutcome,
  callOf,
  problemsOf,
  type RunningRoute,
  runningRoute,
  type TestedRequest,
  type World,
} from "./call-of.ts";
export { generatedRequests, type RequestNames, randomOf } from "./generated-requests.ts";
export { API_ID, httpRoute, restRoute, type TestedRoute } from "./route.ts";
export { type TokenIssuer, tokenIssuer } from "./tokens.ts";
export {
  FUNCTION_ARN,
  FUNCTION_URI,
  lambda,
  type SentRequest,
  type Upstream,
  type UpstreamResponse,
} from "./upstream.ts";
export { behind, type WebAclSurroundings, webAclOf } from "./web-acl.ts";
export {
  type TestedConnection,
  type WebSocketApiParts,
  type WebSocketOutcome,
  WebSocketRunner,
  webSocketProblemsOf,
} from "./web-socket.ts";
