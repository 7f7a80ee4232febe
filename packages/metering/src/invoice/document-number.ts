import type { Session } from "../usage-store/database.ts";

/** Series of numbers: of invoices, and of credit notes. */
export type Series = "INV" | "CN";

const NUMBER_DIGITS = 6;

/**
 * nextNumber takes the next number of a series of an account in the year of a date. It is given back if the transaction ends without a
 * document: there are no holes.
 */
export async function nextNumber(
  session: Session,
  accountId: string,
  series: Series,
  issueDate: string,
): Promise<string> {
  const year = issueDate.slice(0, "2026".length);
  const [row] = await session.query(
    `INSERT INTO document_numbers (account_id, series, year, last_number) VALUES ($1, $2, $3, 1)
     ON CONFLICT (account_id, series, year) DO UPDATE SET last_number = document_numbers.last_number + 1 RETURNING last_number`,
    [accountId, series, year],
  );
  return `${series}-${year}-${String(row?.["last_number"]).padStart(NUMBER_DIGITS, "0")}`;
}
