import { withoutNamedSecrets } from "./secret-names.ts";
import { isSecretName, maskedValue } from "./secret-words.ts";

/** AWS cuts an event of the execution log here. */
const EVENT_MAX_BYTES = 1024;

const CUT = " [TRUNCATED]";
/** How much of a text is searched for secrets: far more than an event shows of it. */
const SEARCHED_CHARS = 65_536;
/** All headers of a request together. */
const SECRET_MAX_CHARS = 16_384;
/** Shorter values are not looked for in texts: they would be found everywhere. */
const SECRET_MIN_CHARS = 8;

/** ExecutionLog collects the steps of one call in the words of AWS's execution log. */
export class ExecutionLog {
  readonly lines: string[] = [];
  /** Those of the lines that say what went wrong. */
  readonly errors: string[] = [];
  /** Bodies and headers are shown whole; otherwise only that they were there. */
  readonly dataTrace: boolean;
  readonly #secrets: string[] = [];

  constructor(dataTrace: boolean) {
    this.dataTrace = dataTrace;
  }

  /** Something went wrong: a log of errors only is written. */
  get failed(): boolean {
    return this.errors.length > 0;
  }

  /** hide keeps a value out of all lines that follow, wherever it is in them, also in JSON. */
  hide(secret: string): void {
    if (secret.length < SECRET_MIN_CHARS || this.#secrets.includes(secret)) return;
    this.#secrets.push(secret);
    const inJson = JSON.stringify(secret).slice(1, -1);
    if (inJson !== secret) this.#secrets.push(inJson);
  }

  /** hideHeaders hides the values of headers that have secrets, and what follows the scheme of an Authorization. Names and values alternate. */
  hideHeaders(headers: readonly string[]): void {
    for (let i = 0; i < headers.length; i += 2) {
      if (!isSecretHeader(headers[i] as string)) continue;
      const value = headers[i + 1] as string;
      this.hide(value);
      for (const part of value.split(/[\s;,]+/)) this.hide(part.slice(part.indexOf("=", 1) + 1) || part);
    }
  }

  add(text: string): void {
    this.#add(this.lines, text);
  }

  fail(text: string): void {
    this.#add(this.lines, text);
    this.errors.push(this.lines.at(-1) as string);
  }

  #add(lines: string[], text: string): void {
    // What is behind this is not in the event: it need not be searched.
    let shown = text.slice(0, SEARCHED_CHARS);
    for (const secret of this.#secrets) shown = shown.replaceAll(secret, maskedValue(secret));
    const hidden = withoutNamedSecrets(shown);
    if (text.length <= SEARCHED_CHARS) lines.push(cut(hidden));
    // A secret at the end of what was searched may be there in part.
    else lines.push(cutEnd(hidden.slice(0, Math.max(0, hidden.length - SECRET_MAX_CHARS))));
  }
}

const cut = (text: string): string => (Buffer.byteLength(text) <= EVENT_MAX_BYTES ? text : cutEnd(text));

function cutEnd(text: string): string {
  // encodeInto ends before a character that does not fit.
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(EVENT_MAX_BYTES));
  return text.slice(0, read) + CUT;
}

/** maskedKey shows the end of an API key only. */
export const maskedKey = (key: string): string => `${"*".repeat(30)}${key.slice(-6)}`;

/** mapText prints pairs as Java prints a map. */
export const mapText = (pairs: Iterable<readonly [string, string]>): string =>
  `{${[...pairs].map(([name, value]) => `${name}=${value}`).join(", ")}}`;

/** Headers whose values are shown by their end only. */
const SECRET = new Set([
  "authorization",
  "cookie",
  "proxy-authorization",
  "set-cookie",
  "x-amz-security-token",
  "x-api-key",
]);
/** isSecretHeader says whether the value of a header is kept out of logs: also of those that are named as secrets are, and of X-Vault-Token and the like. */
export const isSecretHeader = (header: string): boolean =>
  SECRET.has(header.toLowerCase()) || isSecretName(header) || /-token$/i.test(header);

/** headersText prints headers whose names and values alternate. */
export function headersText(headers: readonly string[]): string {
  const pairs: [string, string][] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const [name, value] = [headers[i] as string, headers[i + 1] as string];
    pairs.push([name, isSecretHeader(name) ? maskedValue(value) : value]);
  }
  return mapText(pairs);
}
