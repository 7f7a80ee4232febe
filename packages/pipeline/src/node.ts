// What the supervisor of a node needs to know of calls: nothing of how they are served.
// Nodes read addresses as the engine does.
export { AddressRanges, isAddressRange } from "@tollgate/iam";
export { fullPath } from "./call/call-paths.ts";
export { ExecutionLog, headersText, isSecretHeader } from "./call/execution-log.ts";
export { withoutNamedSecrets } from "./call/secret-names.ts";
export { HOST_PATTERN, hostName } from "./engine/host-name.ts";
export { limitNames } from "./filters/limit-names.ts";
export {
  type ConnectionAddress,
  type ConnectionOrder,
  type ConnectionPage,
  type ConnectionStatus,
  type ConnectionSummary,
  type Connections,
  DONE,
  type ListAsk,
  noConnections,
  type OrderOutcome,
  type PagePlace,
} from "./runtime/connections.ts";
export { seal, unseal } from "./runtime/sealed.ts";
export { isInsertedByWebAcl } from "./waf/inserted-headers.ts";
export { Connection, type ConnectionRecord, keptHeaders } from "./websocket-api/connection.ts";
export { newConnectionId, ownerTagOf, tagOfConnection } from "./websocket-api/connection-id.ts";
