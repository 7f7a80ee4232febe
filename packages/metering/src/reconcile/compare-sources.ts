import type { Session } from "../usage-store/database.ts";
import { unacceptedRuns } from "../usage-store/missing.ts";
import type { Difference } from "./differences.ts";

/** More of them are not named one by one. */
export const NAMED_MAX = 1_000;

/** compareSources compares what nodes say they have recorded with what is counted: the runs of events that are missing, without those that were accepted. */
export async function compareSources(
  session: Session,
  silentBeforeUnixMs: number,
): Promise<readonly Difference[]> {
  const runs = await unacceptedRuns(session, silentBeforeUnixMs, NAMED_MAX);
  return runs.map(({ source, firstSeq, lastSeq }) => ({
    id: `MISSING/${source}/${firstSeq}`,
    kind: "MISSING",
    startUnixMs: 0,
    endUnixMs: 0,
    accountId: "",
    subscriptionId: "",
    source,
    firstSeq,
    lastSeq,
    problem: `events ${firstSeq} to ${lastSeq} of ${source} were recorded by its node, and are not counted`,
  }));
}
