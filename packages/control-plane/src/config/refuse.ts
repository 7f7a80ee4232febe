import type { Problem } from "@tollgate/config";
import { Refusal } from "../refusal.ts";

/** refuse ends a call that has changed nothing, with all problems. */
export function refuse(problems: readonly Problem[], done = "changed"): never {
  const many = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new Refusal("invalid", `nothing was ${done}: ${many}`, problems);
}
