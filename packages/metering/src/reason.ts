import { Refusal } from "./refusal.ts";

const REASON_MAX = 1_000;

/** reasonOf is why something is given up or taken back, such as a document: its readers need to be told. */
export function reasonOf(given: string, readers = "whoever reads the document"): string {
  const reason = given.trim();
  if (reason === "") throw new Refusal(`reason is missing: say why, for ${readers}`);
  if (reason.length > REASON_MAX) throw new Refusal(`reason must have at most ${REASON_MAX} characters`);
  return reason;
}
