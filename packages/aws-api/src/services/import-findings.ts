import type { Finding } from "@tollgate/openapi";

/** The most findings that a refusal lists; there may be thousands. */
const LISTED_MAX = 50;

const lineOf = ({ line, pointer, message, onAws }: Finding) =>
  onAws ?? `line ${line}, ${pointer}: ${message}`;

/** linesOf are the findings of a level as AWS words them, or their places and what is wrong there. */
export const linesOf = (findings: readonly Finding[], level: Finding["level"]): readonly string[] =>
  findings.filter((finding) => finding.level === level).map(lineOf);

/** listedFindings lists lines as AWS does: a heading, and a line for each. */
export function listedFindings(heading: string, lines: readonly string[]): string {
  const more = lines.length > LISTED_MAX ? [`and ${lines.length - LISTED_MAX} more`] : [];
  return `${heading}:${[...lines.slice(0, LISTED_MAX), ...more].map((line) => `\n\t${line}`).join("")}`;
}
