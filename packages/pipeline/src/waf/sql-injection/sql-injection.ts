import { type Quote, Tokenizer } from "./tokens.ts";

/** Sensitivity of AWS: HIGH finds more, and more that is none. */
export type Sensitivity = "LOW" | "HIGH";

/** What repeats without a meaning of its own: signs before a value, and values that are joined by arithmetic. */
function folded(types: string): string {
  let out = types;
  for (let before = ""; before !== out; ) {
    before = out;
    out = out
      .replace(/([=o&(,EKkUHB]|^)o+(?=[1snvfF(*])/g, "$1")
      .replace(/\(([1snv])\)/g, "$1")
      .replace(/([1nv])(?:[o*][1nv])+/g, "$1");
  }
  return out;
}

/** Beginning of what follows the value that the statement had: a quote that was closed, or a number. */
const START = "^[1sn]?\\)*";
const VALUE = "\\(*[1svnfF(H]";

/** Sequences that are injections wherever a text becomes part of a statement. */
const ANYWHERE: readonly RegExp[] = [
  // UNION SELECT and what can follow it.
  /U\(*E[k(]*(?:[1svfF*(]|n(?:$|[,Kk(;=o)c]))/,
  // Functions that wait, read files or report.
  /F\(/,
  // A query in parentheses.
  /\((?:E)[^?CK]{1,12}K/,
  // A second statement.
  /;E(?:[kKfFvs1B*E]|n[,kKf(=s]|$)/,
  /;(?:F|kn?F)/,
  // A statement of its own: what is asked for, and from where.
  /^E(?:k*\*|[1nsv](?:,[1nsvf])+|k*f\([^?]{0,8}\))K\(*[n(]/,
  /E[^?]{0,10}Kn[^?]{0,4}k\(*[nf1s][^?]{0,6}=/,
  /^E(?:k+n[;(c]|Kn(?:c|;|$|k[n1s][=]))/,
  /Ev/,
  // WAITFOR DELAY.
  /(?:^|[;1s)nk])E s?s/,
];

/** Sequences that are injections after a quote that the text closes, or after a number. */
const AFTER_VALUE: readonly RegExp[] = [
  // AND and OR with a comparison, a call or a query, or before a comment.
  new RegExp(`${START}(?:&${VALUE}[^?C]{0,6}[=])`),
  new RegExp(`${START}&\\(*(?:[fFH]|\\(*E)`),
  new RegExp(`^[1s]\\)*&\\(*[1sv]\\)*(?:[c;]|&)`),
  new RegExp(`^&\\(*[1s]\\)*=\\(*[1s]`),
  // Columns are counted.
  new RegExp(`^[1s]\\)*B\\(*(?:1|[nsfv]\\)*(?:[,;c]|$))`),
  // The rest of the statement is cut off.
  new RegExp(`^s\\)*;*c$`),
  new RegExp(`^[1s]\\)+;*c$`),
  new RegExp(`^1;*c$`),
  // Arithmetic or a comparison with a call or a query.
  new RegExp(`^[1s]\\)*[=o*,|&]+\\(*(?:[fF]\\(|E|H)`),
  new RegExp(`^[1s]\\)*=\\(*[1sv][)]*(?:&|c|$|;)`),
  new RegExp(`^s[o=&]s$`),
  new RegExp(`^[1s]\\)*;\\(*E`),
  new RegExp(`^[1s]\\)*k\\(*[1snf][^?C]{0,4}[=c]`),
];

const HIGH_ONLY: readonly RegExp[] = [/U\(*E/, /^[1sn]?\)*&\(*[1sv]/, /^s\)*[cC]/, /^E[^?]{1,6}K/];

const matches = (rules: readonly RegExp[], types: string): boolean => rules.some((rule) => rule.test(types));

function isIn(text: string, quote: Quote, sensitivity: Sensitivity): boolean {
  const types = folded(new Tokenizer(text).run(quote));
  if (types.length < 2) return false;
  return (
    matches(ANYWHERE, types) ||
    (types.charAt(0) !== "n" && matches(AFTER_VALUE, types)) ||
    (sensitivity === "HIGH" && matches(HIGH_ONLY, types))
  );
}

/** One word, number, or list of them: most of what is inspected. */
const PLAIN = /^[\w.,:+/]*$/;
/** Nothing is injected without one of these. */
const NEEDED = /['"`;()=<>|&#*@]|--|\d/;

/**
 * isSqlInjection says whether a text changes a statement that it is put into: as it is, or inside single or double quotes that it closes. It reads
 * the text's tokens as a database would, and looks for sequences that only attacks have (the idea of libinjection; the rules and the words
 * are Tollgate's own, ADR 0031).
 */
export function isSqlInjection(text: string, sensitivity: Sensitivity): boolean {
  if (text.length < 2 || PLAIN.test(text) || !NEEDED.test(text)) return false;
  return (
    isIn(text, "", sensitivity) ||
    (text.includes("'") && isIn(text, "'", sensitivity)) ||
    (text.includes('"') && isIn(text, '"', sensitivity))
  );
}
