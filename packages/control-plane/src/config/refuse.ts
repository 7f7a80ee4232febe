import type { Problem } from "@tollgate/config";
import { RpcCode, RpcError } from "@tollgate/proto/rpc";

/** refuse ends a call that has done nothing, with every problem. */
export function refuse(problems: readonly Problem[], done = "changed"): never {
  const many = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new RpcError(RpcCode.INVALID_ARGUMENT, `nothing was ${done}: ${many}`, problems);
}
