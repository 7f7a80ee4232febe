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
      .replace(/(?<![fFn])\(([1snv])\)/g, "$1")
      .replace(/([1nv])(?:[o*][1nv])+/g, "$1");
  }
  return out;
}

/** Sequences that are injections wherever a text becomes part of a statement. The letters are types of tokens. */
const ANYWHERE: readonly RegExp[] = [
  // UNION SELECT and what can follow it.
  /U\(*E[k(]*(?:[1svfF*(]|n(?:$|[,Kk(;=o)c]))/,
  // Functions that wait, read files or report.
  /F\((?:[1sv](?:[),o=&]|$)|[fF(E]|n[,)(=]|\))/,
  /(?:^|[;1s)n])\(*Ws/,
  // A query in parentheses.
  /\(E(?:[1sv*f(]|n[,(=]?)[^?CK]{0,12}K/,
  /\(E\(*(?:H|s[&o=])/,
  // A second statement.
  /;E(?:[kKfFvs1B*E]|n[,kKf(=s]|$)/,
  /;(?:F|kn?F)/,
  // A statement of its own: what is asked for, and from where.
  /^E(?:k*\*|[1nsv](?:,[1nsvf])+|k*f\([^?]{0,8}\))K\(*[n(]/,
  /E[^?]{0,10}Kn[^?]{0,4}k\(*[nf1s][^?]{0,6}=/,
  /^E(?:k+n[;(c]|Kn(?:c|;|$|k[n1s][=]))/,
  /^E(?:f\(1|H1|s[&o]\()/,
  /Ev/,
  /^f\([1s]=/,
  /^n&\(*1=1/,
];

/** Sequences that are injections after a quote that the text closes, or after a number. */
const AFTER_VALUE: readonly RegExp[] = [
  // AND and OR with a comparison, a call or a query, or before a comment.
  /^[1s]\)*&\(*[1svnfFH(][^?C]{0,6}=/,
  /^[1s]\)*&\(*(?:[fFH]|\(*E|n\([fF(EH])/,
  /^[1s]\)*&\(*[1sv]\)*[c;&B]/,
  /^&\(*[1s]\)*=\(*[1s]/,
  // Columns are counted, or an error reports something.
  /^[1s]\)*B\(*(?:1|[fF]\(|[nsv]\)*(?:[,;c]|$))/,
  // The rest of the statement is cut off.
  /^s\)*;*c$/,
  /^[1s]\)+;*c$/,
  /^1;*c$/,
  // Arithmetic or a comparison with a call or a query.
  /^[1s]\)*[=o*,|&]+\(*(?:[fF]\(|E|H)/,
  /^[1s]\)*=\(*[1sv]\)*(?:&|c|$|;)/,
  /^[1s]\)*;\(*E/,
  /^[1s]\)*k\(*[1snf][^?C]{0,4}[=c]/,
];

/** Nothing but a quote, something between two strings, and a quote. */
const BETWEEN_QUOTES = /^\w{0,8}['"][^'"]{1,12}['"]\w{0,8}$/;

const HIGH_ONLY: readonly RegExp[] = [/U\(*E/, /^[1sn]?\)*&\(*[1sv]/, /^s\)*[cC]/, /^E[^?]{1,6}K/];

const matches = (rules: readonly RegExp[], types: string): boolean => rules.some((rule) => rule.test(types));

function isInjection(types: string, text: string, sensitivity: Sensitivity): boolean {
  if (types.length < 2) return false;
  return (
    matches(ANYWHERE, types) ||
    matches(AFTER_VALUE, types) ||
    (/^s(?:[o=]|&)s$/.test(types) && BETWEEN_QUOTES.test(text)) ||
    (sensitivity === "HIGH" && matches(HIGH_ONLY, types))
  );
}

/** Where two dashes without a blank are no comment, as for MySQL, the text goes on. */
const DASHES = /--[^\s-]/;

function isIn(text: string, quote: Quote, sensitivity: Sensitivity): boolean {
  const typesOf = (needsBlank: boolean) => folded(new Tokenizer(text, needsBlank).run(quote));
  return (
    isInjection(typesOf(false), text, sensitivity) ||
    (DASHES.test(text) && isInjection(typesOf(true), text, sensitivity))
  );
}

/** One word, number, or list of them: most of what is inspected. */
const PLAIN = /^[\w.,:+/]*$/;
/** Nothing is injected without one of these. */
const NEEDED = /['"`;()=<>|&#*@]|--|\d/;

/**
 * isSqlInjection says whether a text changes a statement that it is put into: as it is, or inside single or double quotes that it closes. It reads
 * the text's tokens as a database would, and looks for sequences that only attacks have (the idea of libinjection; the rules and the words
 * are Tollgate's own, ADR 0033).
 */
export function isSqlInjection(text: string, sensitivity: Sensitivity): boolean {
  if (text.length < 2 || PLAIN.test(text) || !NEEDED.test(text)) return false;
  return (
    isIn(text, "", sensitivity) ||
    (text.includes("'") && isIn(text, "'", sensitivity)) ||
    (text.includes('"') && isIn(text, '"', sensitivity))
  );
}
