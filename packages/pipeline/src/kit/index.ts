export {
  callOf,
  problemsOf,
  runningRoute,
  type CallOutcome,
  type RunningRoute,
  type TestedRequest,
  type World,
} from "./call-of.ts";
export { ACCOUNT_ID, API_ID, httpRoute, restRoute, type TestedRoute } from "./route.ts";
export {
  FUNCTION_ARN,
  FUNCTION_URI,
  lambda,
  type SentRequest,
  type Upstream,
  type UpstreamResponse,
} from "./upstream.ts";
export { tokenIssuer, type TokenIssuer } from "./tokens.ts";
