import { Refusal } from "../refusal.ts";

const REASON_MAX = 1_000;

/** reasonOf is why a document is given up or taken back: its readers need to be told. */
export function reasonOf(given: string): string {
  const reason = given.trim();
  if (reason === "") throw new Refusal("reason is missing: say why, for whoever reads the document");
  if (reason.length > REASON_MAX) throw new Refusal(`reason must have at most ${REASON_MAX} characters`);
  return reason;
}
