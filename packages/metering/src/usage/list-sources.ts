import { type ListSourcesRequest, SourceState } from "@tollgate/proto/usage";
import type { Row, Session } from "../usage-store/database.ts";

const MAX_SOURCES = 1_000;

/** A source before which time of hearing it counts as silent. */
function stateOf(row: Row, silentBeforeUnixMs: number): SourceState {
  if (Number(row.closed) > 0) return SourceState.CLOSED;
  if (Number(row.heard_unix_ms) === 0) return SourceState.UNSPECIFIED;
  return Number(row.heard_unix_ms) < silentBeforeUnixMs ? SourceState.SILENT : SourceState.OPEN;
}

/** listSources is UsageService.ListSources: what each source has recorded, and what of it is counted. */
export async function listSources(
  database: Session,
  { incompleteOnly }: Pick<ListSourcesRequest, "incompleteOnly">,
  silentBeforeUnixMs: number,
) {
  const rows = await database.query(
    `SELECT s.source, s.last_seq, s.recorded_seq, s.heard_unix_ms, s.closed, CAST(COALESCE(g.gaps, 0) AS BIGINT) AS gaps
     FROM usage_sources s LEFT JOIN (
       SELECT source, SUM(last_seq - first_seq + 1) AS gaps FROM usage_gaps GROUP BY source
     ) g ON g.source = s.source
     WHERE $1 = 0 OR COALESCE(g.gaps, 0) > 0 OR (s.closed = 0 AND s.heard_unix_ms > 0 AND s.heard_unix_ms < $2)
       OR (s.closed = 1 AND s.recorded_seq > s.last_seq)
     ORDER BY s.heard_unix_ms DESC, s.source LIMIT ${MAX_SOURCES}`,
    [incompleteOnly ? 1 : 0, silentBeforeUnixMs],
  );
  return {
    sources: rows.map((row) => {
      const state = stateOf(row, silentBeforeUnixMs);
      const [last, recorded, gaps] = [Number(row.last_seq), Number(row.recorded_seq), Number(row.gaps)];
      // A node that lost its end with the power closes the source before what it had announced.
      const isOver = state === SourceState.SILENT || state === SourceState.CLOSED;
      const overdue = isOver ? Math.max(0, recorded - last) : 0;
      return {
        source: String(row.source),
        expectedEventCount: BigInt(Math.max(recorded, last)),
        countedEventCount: BigInt(last - gaps),
        missingEventCount: BigInt(gaps + overdue),
        state,
        heardTimeUnixMs: BigInt(row.heard_unix_ms ?? 0),
      };
    }),
  };
}
