import { isDate } from "@tollgate/config";
import { Refusal } from "../refusal.ts";

/** issueDateOf is the date on a document; empty: today in UTC. */
export function issueDateOf(given: string, nowUnixMs: number): string {
  if (given === "") return new Date(nowUnixMs).toISOString().slice(0, "2026-12-01".length);
  if (!isDate(given)) throw new Refusal(`issue_date '${given}' must be a date such as 2026-12-01`);
  return given;
}
