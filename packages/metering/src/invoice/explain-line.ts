import {
  allowancesOf,
  type GivenTerms,
  type KeyAllowance,
  type LineRow,
  lineRow,
  ratePeriod,
  readTerms,
} from "@tollgate/billing";
import { Refusal } from "../refusal.ts";
import type { Session } from "../usage-store/database.ts";
import { ratingInput } from "./charge-period.ts";
import { type UsageOfKey, usageByKey } from "./metered-usage.ts";

/** ExplainedLine is the lines of a price, one for each version of it, and the usage that they are made of. */
export interface ExplainedLine {
  readonly lines: readonly LineRow[];
  readonly usage: readonly UsageOfKey[];
  /** What each key used, where the price includes units for each key. */
  readonly keys: readonly KeyAllowance[];
}

/** explainLine is BillingService.ExplainLine. */
export async function explainLine(
  database: Session,
  given: GivenTerms,
  lineId: string,
): Promise<ExplainedLine> {
  const terms = readTerms(given);
  const input = await ratingInput(database, terms);
  const rating = ratePeriod(input);
  const lines = rating.lines.filter(({ id }) => id === lineId);
  const [first] = lines;
  if (!first) {
    const known = [...new Set(rating.lines.map(({ id }) => id))].join(", ");
    throw new Refusal(
      `${terms.period.month} has no line '${lineId}'; it has ${known || "none"}`,
      "not-found",
    );
  }
  return {
    lines: lines.map((line) => lineRow(line, rating.currency)),
    keys: allowancesOf(input, lineId),
    usage: first.meter === undefined ? [] : await usageByKey(database, terms, first.meter),
  };
}
