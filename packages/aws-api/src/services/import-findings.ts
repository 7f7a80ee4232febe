import { type Finding, shortened } from "@tollgate/openapi";

/** The most findings that a refusal lists; there may be thousands. */
const LISTED_MAX = 50;

/** placed is a finding with its place in the definition. */
export const placed = ({ line, pointer, message }: Finding): string => `line ${line}, ${pointer}: ${message}`;

const lineOf = (finding: Finding): string => finding.onAws ?? placed(finding);

/** linesOf are the findings of a level as AWS words them, or their places and what is wrong there; without those that AWS does not report. */
export const linesOf = (findings: readonly Finding[], level: Finding["level"]): readonly string[] =>
  findings.filter((finding) => finding.level === level && finding.onAws !== "").map(lineOf);

/** listed lists lines as AWS does: a heading, and a line for each. */
function listed(heading: string, lines: readonly string[]): string {
  const more = lines.length > LISTED_MAX ? [`and ${lines.length - LISTED_MAX} more`] : [];
  return `${heading}:${[...lines.slice(0, LISTED_MAX), ...more].map((line) => `\n\t${shortened(line)}`).join("")}`;
}

/** listedErrors are the errors of an import and its warnings in one message. */
export const listedErrors = (errors: readonly string[], warnings: readonly string[]): string =>
  listed("Errors found during import", errors) +
  (warnings.length > 0 ? `\n${listed("Additionally, these warnings were found", warnings)}` : "");

/** listedWarnings are the warnings of an import that fails because of them. */
export const listedWarnings = (warnings: readonly string[]): string =>
  listed("Warnings found during import", warnings);
