import { STATUS_CODES } from "node:http";

const statusLines: string[] = [];

/** statusLine is the first line of a response, with its end. */
export const statusLine = (status: number): string =>
  (statusLines[status] ??= `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? "unknown"}\r\n`);

let dateUntilMs = 0;
let date = "";

/** dateLine is the Date of a response, with the end of its line. */
export function dateLine(unixMs: number): string {
  if (unixMs >= dateUntilMs || unixMs < dateUntilMs - 1_000) {
    dateUntilMs = unixMs - (unixMs % 1_000) + 1_000;
    date = `Date: ${new Date(unixMs).toUTCString()}\r\n`;
  }
  return date;
}
