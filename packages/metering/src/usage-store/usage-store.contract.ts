import { describe } from "vitest";
import { describeCacheHours } from "./cache-hours.contract.ts";
import { describeCounting } from "./counting.contract.ts";
import { describeGaps } from "./gaps.contract.ts";
import { describeLeasedCalls } from "./leased-calls.contract.ts";
import { describePositions } from "./positions.contract.ts";
import { describeSources } from "./sources.contract.ts";
import type { OpenDatabase } from "./storing.contract.ts";

/** describeUsageStore is the contract of the usage store on a database: what counts, and how often. */
export function describeUsageStore(name: string, open: OpenDatabase): void {
  describe(name, () => {
    describeCounting(open);
    describeGaps(open);
    describePositions(open);
    describeSources(open);
    describeLeasedCalls(open);
    describeCacheHours(open);
  });
}
