import type { Session } from "../usage-store/database.ts";
import { CALLS } from "../usage-store/source-sums.ts";
import type { Difference } from "./differences.ts";

const HOUR_MS = 3_600_000;

/** Hours from one instant to before another. */
export interface Span {
  readonly startUnixMs: number;
  readonly endUnixMs: number;
}

const HOUR = "(slot_unix_ms / 3600000) * 3600000";

/** One statement: usage may be counted meanwhile, and both sums are of the same instant. */
const DIFFERENT = `SELECT hour, meter, CAST(SUM(by_source) AS TEXT) AS by_source, CAST(SUM(stored) AS TEXT) AS stored FROM (
    SELECT hour_unix_ms AS hour, meter, units AS by_source, 0 AS stored FROM usage_source_sums WHERE hour_unix_ms >= $1 AND hour_unix_ms < $2
    UNION ALL SELECT ${HOUR}, meter, 0, units FROM usage_units WHERE slot_unix_ms >= $1 AND slot_unix_ms < $2
    UNION ALL SELECT hour_unix_ms, '${CALLS}', 0, call_count FROM usage_records WHERE hour_unix_ms >= $1 AND hour_unix_ms < $2
  ) AS sums GROUP BY hour, meter HAVING SUM(by_source) <> SUM(stored) ORDER BY hour, meter LIMIT 1000`;

interface Origin {
  readonly source: string;
  readonly firstSeq: number;
  readonly lastSeq: number;
  readonly sourceCount: number;
}

/** Which events of which source are in an hour: the first one by its name. */
async function originOf(session: Session, hourUnixMs: number): Promise<Origin> {
  const rows = await session.query(
    `SELECT source, MIN(first_seq) AS first_seq, MAX(last_seq) AS last_seq FROM usage_source_sums
     WHERE hour_unix_ms = $1 AND source <> '' GROUP BY source ORDER BY source`,
    [hourUnixMs],
  );
  const [first] = rows;
  return {
    source: String(first?.["source"] ?? ""),
    firstSeq: Number(first?.["first_seq"] ?? 0),
    lastSeq: Number(first?.["last_seq"] ?? 0),
    sourceCount: rows.length,
  };
}

const originText = ({ source, firstSeq, lastSeq, sourceCount }: Origin): string => {
  if (source === "") return "no source of that hour is known";
  const others =
    sourceCount === 1 ? "" : ` and ${sourceCount - 1} other source${sourceCount === 2 ? "" : "s"}`;
  return `its events are ${firstSeq} to ${lastSeq} of ${source}${others}`;
};

/** compareLedger compares, for each hour and meter, what sources come to with what is stored by account, key and route: at most 1000 differences. */
export async function compareLedger(
  session: Session,
  { startUnixMs, endUnixMs }: Span,
): Promise<readonly Difference[]> {
  const rows = await session.query(DIFFERENT, [startUnixMs, endUnixMs]);
  const found: Difference[] = [];
  for (const row of rows) {
    const hourUnixMs = Number(row["hour"]);
    const origin = await originOf(session, hourUnixMs);
    const hour = new Date(hourUnixMs).toISOString().slice(0, 13);
    const what = row["meter"] === CALLS ? "calls" : `units of ${row["meter"]}`;
    found.push({
      id: `LEDGER/${hour}/${row["meter"]}`,
      kind: "LEDGER",
      startUnixMs: hourUnixMs,
      endUnixMs: hourUnixMs + HOUR_MS,
      accountId: "",
      subscriptionId: "",
      source: origin.source,
      firstSeq: origin.firstSeq,
      lastSeq: origin.lastSeq,
      problem: `of the hour ${hour}:00Z ${row["stored"]} ${what} are stored, and what sources sent comes to ${row["by_source"]}: ${originText(origin)}`,
    });
  }
  return found;
}
