import type { Problem } from "@tollgate/config";
import type { Integrate } from "../call/call.ts";

/** BuildOutcome is an integration, compiled, or what keeps it from running. */
export type BuildOutcome =
  | { readonly ok: true; readonly integrate: Integrate }
  | { readonly ok: false; readonly problems: readonly Problem[] };
