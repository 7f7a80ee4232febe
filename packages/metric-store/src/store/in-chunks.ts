import type { MetricRow, MetricSession } from "./session.ts";

const CHUNK = 64;

/**
 * selectIn runs a statement for many keys, whose list is "$KEYS" in it, behind other parameters. Every chunk has as many parameters: the statement is
 * prepared once.
 */
export async function selectIn(
  session: MetricSession,
  sql: string,
  parameters: readonly (string | number)[],
  keys: readonly string[],
): Promise<readonly MetricRow[]> {
  const places = Array.from({ length: CHUNK }, (_, i) => `$${parameters.length + i + 1}`).join(", ");
  const statement = sql.replace("$KEYS", places);
  const rows: MetricRow[] = [];
  for (let at = 0; at < keys.length; at += CHUNK) {
    const chunk = keys.slice(at, at + CHUNK);
    const padded = [...chunk, ...Array.from({ length: CHUNK - chunk.length }, () => chunk[0] as string)];
    rows.push(...(await session.query(statement, [...parameters, ...padded])));
  }
  return rows;
}
