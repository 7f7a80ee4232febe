import { TermsInvalid } from "@tollgate/billing";
import { RpcCode, RpcError } from "@tollgate/proto/rpc";
import { Refusal, type RefusalReason } from "../refusal.ts";
import { DatabaseUnreachable } from "../usage-store/database.ts";

const codes: Readonly<Record<RefusalReason, RpcError["code"]>> = {
  invalid: RpcCode.INVALID_ARGUMENT,
  "not-found": RpcCode.NOT_FOUND,
  precondition: RpcCode.FAILED_PRECONDITION,
};

/** toRpcError converts an expected failure to a gRPC status. Other errors are returned unchanged, because their causes belong in the log. */
export function toRpcError(error: unknown): unknown {
  if (error instanceof Refusal) return new RpcError(codes[error.reason], error.message);
  if (error instanceof TermsInvalid)
    return new RpcError(RpcCode.INVALID_ARGUMENT, error.message, error.problems);
  if (error instanceof DatabaseUnreachable) return new RpcError(RpcCode.UNAVAILABLE, error.message);
  return error;
}
