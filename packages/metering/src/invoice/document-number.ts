import type { Session } from "../usage-store/database.ts";

/** Series of numbers: of invoices, and of credit notes. */
export type Series = "INV" | "CN";

const NUMBER_DIGITS = 6;

/**
 * nextNumbers takes the next numbers of a series of an account in the year of a date. They are given back if the transaction ends without
 * documents: there are no holes.
 */
export async function nextNumbers(
  session: Session,
  accountId: string,
  series: Series,
  issueDate: string,
  count: number,
): Promise<readonly string[]> {
  const year = issueDate.slice(0, "2026".length);
  const [row] = await session.query(
    `INSERT INTO document_numbers (account_id, series, year, last_number) VALUES ($1, $2, $3, $4)
     ON CONFLICT (account_id, series, year) DO UPDATE SET last_number = document_numbers.last_number + excluded.last_number RETURNING last_number`,
    [accountId, series, year, count],
  );
  const first = Number(row?.["last_number"]) - count + 1;
  return Array.from(
    { length: count },
    (_, i) => `${series}-${year}-${String(first + i).padStart(NUMBER_DIGITS, "0")}`,
  );
}
