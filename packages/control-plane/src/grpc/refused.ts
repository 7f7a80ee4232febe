import { RpcCode, RpcError } from "@tollgate/proto/rpc";
import { Refusal, type RefusalReason } from "../refusal.ts";

const CODES: Readonly<Record<RefusalReason, RpcError["code"]>> = {
  invalid: RpcCode.INVALID_ARGUMENT,
  "not-found": RpcCode.NOT_FOUND,
  "already-exists": RpcCode.ALREADY_EXISTS,
  conflict: RpcCode.ABORTED,
  "failed-precondition": RpcCode.FAILED_PRECONDITION,
  limit: RpcCode.RESOURCE_EXHAUSTED,
  "permission-denied": RpcCode.PERMISSION_DENIED,
  expired: RpcCode.OUT_OF_RANGE,
  timeout: RpcCode.DEADLINE_EXCEEDED,
  unavailable: RpcCode.UNAVAILABLE,
  "in-use": RpcCode.FAILED_PRECONDITION,
  "not-configured": RpcCode.FAILED_PRECONDITION,
  "malformed-policy": RpcCode.INVALID_ARGUMENT,
  "policy-too-large": RpcCode.INVALID_ARGUMENT,
  "identity-token-invalid": RpcCode.INVALID_ARGUMENT,
  "identity-token-expired": RpcCode.INVALID_ARGUMENT,
  throttled: RpcCode.RESOURCE_EXHAUSTED,
  "identity-provider-unreachable": RpcCode.INVALID_ARGUMENT,
};

/** toRpcError converts a refusal to a gRPC status. Other errors are returned unchanged, because their causes belong in the log. */
export const toRpcError = (error: unknown): unknown =>
  error instanceof Refusal ? new RpcError(CODES[error.reason], error.message, error.problems) : error;
