import { LITERAL_QUESTION, LITERAL_STAR } from "./policy-request.ts";

const STAR = 42;
const QUESTION = 63;
/** Placeholders for a literal star and question mark. */
const LITERALS: Readonly<Record<number, number>> = {
  [LITERAL_STAR.charCodeAt(0)]: STAR,
  [LITERAL_QUESTION.charCodeAt(0)]: QUESTION,
};

/** matchesGlob matches a whole string against a pattern in which * is any sequence of characters and ? any character (IAM: Resource). Its time is bounded by the product of the lengths. */
export function matchesGlob(pattern: string, text: string): boolean {
  let p = 0;
  let t = 0;
  let starAt = -1;
  let resumeAt = 0;
  while (t < text.length) {
    const code = p < pattern.length ? pattern.charCodeAt(p) : -1;
    if (code === STAR) {
      // Whatever is left matches it.
      if (p === pattern.length - 1) return true;
      starAt = p++;
      resumeAt = t;
    } else if (code === QUESTION || (LITERALS[code] ?? code) === text.charCodeAt(t)) {
      p++;
      t++;
    } else if (starAt >= 0) {
      p = starAt + 1;
      t = ++resumeAt;
    } else return false;
  }
  while (pattern.charCodeAt(p) === STAR) p++;
  return p === pattern.length;
}

const SPECIAL = ["*", "?", LITERAL_STAR, LITERAL_QUESTION];
const isFixed = (text: string): boolean => !SPECIAL.some((special) => text.includes(special));

/** compileGlob compiles a pattern that is matched often: most are a string without wildcards, or such a string with * at its end. */
export function compileGlob(pattern: string): (text: string) => boolean {
  if (pattern === "*") return () => true;
  if (isFixed(pattern)) return (text) => text === pattern;
  const start = pattern.slice(0, -1);
  return pattern.endsWith("*") && isFixed(start)
    ? (text) => text.startsWith(start)
    : (text) => matchesGlob(pattern, text);
}

/** segmentsOf splits an ARN into its six parts. The last part can contain colons. */
function segmentsOf(arn: string): readonly string[] {
  const parts = arn.split(":");
  return [...parts.slice(0, 5), parts.slice(5).join(":")];
}

/** matchesArn matches each of the six parts of an ARN separately (IAM: ArnLike). */
export function matchesArn(pattern: string, arn: string): boolean {
  const wanted = segmentsOf(pattern);
  const given = segmentsOf(arn);
  return wanted.every((part, i) => matchesGlob(part, given[i] ?? ""));
}
