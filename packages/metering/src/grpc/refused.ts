import { RpcCode, RpcError } from "@tollgate/proto/rpc";
import { Refusal } from "../refusal.ts";
import { DatabaseUnreachable } from "../usage-store/database.ts";

/** toRpcError converts an expected failure to a gRPC status. Other errors are returned unchanged, because their causes belong in the log. */
export function toRpcError(error: unknown): unknown {
  if (error instanceof Refusal) return new RpcError(RpcCode.INVALID_ARGUMENT, error.message);
  if (error instanceof DatabaseUnreachable) return new RpcError(RpcCode.UNAVAILABLE, error.message);
  return error;
}
