import { RpcCode, RpcError } from "@tollgate/proto/rpc";
import { Refusal } from "../refusal.ts";

/** toRpcError converts a refusal to a gRPC status. Other errors are returned unchanged, because their causes belong in the log. */
export const toRpcError = (error: unknown): unknown =>
  error instanceof Refusal ? new RpcError(RpcCode.INVALID_ARGUMENT, error.message) : error;
