import { type Call, type Route, webSocketRoleOf } from "@tollgate/pipeline";
import { Fault } from "@tollgate/proto/usage";

/** isConnectCall says whether a call was one to the integration of $connect; a MOCK counts as called. */
export const isConnectCall = (route: Route, { refusal, integrationMs }: Call): boolean =>
  webSocketRoleOf(route) === "connect" &&
  route.integrationType !== undefined &&
  (refusal === undefined || integrationMs > 0);

/** faultOf is where a call of a WebSocket API failed (AWS: WebSocket metrics). */
export function faultOf({ status, refusal, integrationMs }: Call): Fault {
  if (status < 400) return Fault.UNSPECIFIED;
  if (!refusal) return Fault.INTEGRATION;
  if (status >= 500) return Fault.EXECUTION;
  return integrationMs > 0 ? Fault.INTEGRATION : Fault.CLIENT;
}
