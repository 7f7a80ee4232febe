/** AWS cuts an event of the execution log here. */
const EVENT_MAX_BYTES = 1024;

/** ExecutionLog collects the steps of one call in the words of AWS's execution log. */
export class ExecutionLog {
  readonly lines: string[] = [];
  /** Bodies and headers are shown whole; otherwise only that they were there. */
  readonly dataTrace: boolean;
  /** Something went wrong: a log of errors only is written. */
  failed = false;

  constructor(dataTrace: boolean) {
    this.dataTrace = dataTrace;
  }

  add(text: string): void {
    this.lines.push(
      Buffer.byteLength(text) <= EVENT_MAX_BYTES ? text : `${text.slice(0, EVENT_MAX_BYTES)} [TRUNCATED]`,
    );
  }

  fail(text: string): void {
    this.failed = true;
    this.add(text);
  }
}

/** maskedKey shows the end of an API key only. */
export const maskedKey = (key: string): string => `${"*".repeat(30)}${key.slice(-6)}`;

/** mapText prints pairs as Java prints a map. */
export const mapText = (pairs: Iterable<readonly [string, string]>): string =>
  `{${[...pairs].map(([name, value]) => `${name}=${value}`).join(", ")}}`;

/** Names whose values are shown by their end only. */
const MASKED = new Set(["authorization", "x-api-key", "x-amz-security-token"]);

/** headersText prints headers whose names and values alternate. */
export function headersText(headers: readonly string[]): string {
  const pairs: [string, string][] = [];
  for (let i = 0; i < headers.length; i += 2) {
    const [name, value] = [headers[i] as string, headers[i + 1] as string];
    pairs.push([name, MASKED.has(name.toLowerCase()) ? `${"*".repeat(20)}${value.slice(-6)}` : value]);
  }
  return mapText(pairs);
}
