import type { Candidates } from "./candidates.ts";

/** LogPattern is a compiled filter pattern of CloudWatch Logs. */
export interface LogPattern {
  matches(message: string): boolean;
  /** Finds the events that may match; undefined: each may. */
  readonly candidates?: Candidates | undefined;
}
