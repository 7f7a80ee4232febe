import { Refusal } from "../refusal.ts";

/** No time that requests name is after it: later ones have five digits of a year, and no calendar here has them. A range may end with it. */
const END_UNIX_MS = BigInt(Date.UTC(10_000, 0, 1));

/** refuseTimes refuses milliseconds since 1970 that are no time, by the names of the members that have them. 0 is always one: it says nothing. */
export function refuseTimes(times: Readonly<Record<string, bigint>>): void {
  for (const [member, unixMs] of Object.entries(times))
    if (unixMs < 0n || unixMs > END_UNIX_MS)
      throw new Refusal(
        `${member} ${unixMs} must be a time in milliseconds since 1970, and not after the year 9999`,
      );
}
