import type { ReportSourcesRequest } from "@tollgate/proto/usage";
import type { Session } from "../usage-store/database.ts";

/** reportSources is UsageService.ReportSources. Each source is a statement of its own: only ingestion locks several rows at a time. */
export async function reportSources(
  database: Session,
  { sources }: Pick<ReportSourcesRequest, "sources">,
  heardUnixMs: number,
) {
  for (const { source, recordedSeq } of sources)
    await database.query(
      `INSERT INTO usage_sources (source, last_seq, recorded_seq, heard_unix_ms) VALUES ($1, 0, $2, $3)
       ON CONFLICT (source) DO UPDATE SET heard_unix_ms = excluded.heard_unix_ms, recorded_seq =
         CASE WHEN excluded.recorded_seq > usage_sources.recorded_seq THEN excluded.recorded_seq ELSE usage_sources.recorded_seq END`,
      [source, Number(recordedSeq), heardUnixMs],
    );
  return {};
}
