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

/**
 * versionSpans divides the time from start to end among the versions that apply; before the first version there is none. A date and an instant
 * can have another order in a time zone than they are listed in: the time zone decides, and of two of one instant the later listed one applies.
 */
export function versionSpans(
  versions: readonly PriceVersion[],
  { startUnixMs, endUnixMs, timeZone }: Pick<Period, "startUnixMs" | "endUnixMs" | "timeZone">,
): readonly VersionSpan[] {
  const dated = versions
    .map((version) => ({ version, from: effectiveFrom(version, timeZone) }))
    .sort((a, b) => a.from - b.from);
  return dated.flatMap(({ version, from }, i) => {
    const start = Math.max(startUnixMs, from);
    const end = Math.min(endUnixMs, dated[i + 1]?.from ?? endUnixMs);
    return start < end ? [{ version, startUnixMs: start, endUnixMs: end }] : [];
  });
}
