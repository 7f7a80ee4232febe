import type { PriceVersion } from "@tollgate/config";
import { momentOf, type Period } from "../period/period.ts";

/** VersionSpan is the part of a period in which one version of a price plan applies. */
export interface VersionSpan {
  readonly version: PriceVersion;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
}

/** effectiveFrom is the instant from which a version applies to whoever is billed in a time zone. */
export const effectiveFrom = ({ from }: PriceVersion, timeZone: string): number => momentOf(from, timeZone);

/** versionSpans divides the time from start to end among the versions that apply; before the first version there is none. */
export function versionSpans(
  versions: readonly PriceVersion[],
  { startUnixMs, endUnixMs, timeZone }: Pick<Period, "startUnixMs" | "endUnixMs" | "timeZone">,
): readonly VersionSpan[] {
  return versions.flatMap((version, i) => {
    const next = versions[i + 1];
    const start = Math.max(startUnixMs, effectiveFrom(version, timeZone));
    const end = Math.min(endUnixMs, next ? effectiveFrom(next, timeZone) : endUnixMs);
    return start < end ? [{ version, startUnixMs: start, endUnixMs: end }] : [];
  });
}
