import { type Read, type SettingsProblem, setting } from "@tollgate/telemetry";
import type { SyncPolicy } from "./spool.ts";

/** SpoolSettings bound the usage events that wait for Kafka on this node's disk. */
export interface SpoolSettings {
  readonly limitBytes: number;
  readonly sync: SyncPolicy;
  /** How much of damaged files is kept. */
  readonly damagedMaxBytes: number;
}

/** readSpool reads TOLLGATE_SPOOL_*. */
export function readSpool(
  read: Read,
  workers: number,
): { readonly spool: SpoolSettings; readonly problems: SettingsProblem[] } {
  const limitMb = read("TOLLGATE_SPOOL_MB", setting.integer(4_096, 1, 16_777_216));
  const sync = read("TOLLGATE_SPOOL_FSYNC", setting.oneOf(["never", "interval", "always"], "never"));
  const damagedMb = read("TOLLGATE_SPOOL_DAMAGED_MB", setting.integer(64, 0, 1_048_576));
  const message = `'${limitMb}' must be at least 1 for each of the ${workers} workers`;
  return {
    spool: { limitBytes: limitMb * 1024 * 1024, sync, damagedMaxBytes: damagedMb * 1024 * 1024 },
    problems: limitMb < workers ? [{ name: "TOLLGATE_SPOOL_MB", message }] : [],
  };
}
