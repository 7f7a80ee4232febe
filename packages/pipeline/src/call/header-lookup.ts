/** Names of another length, as nearly all are, need not be made lower case. */
const isNamed = (name: string, lowerName: string): boolean =>
  name.length === lowerName.length && name.toLowerCase() === lowerName;

/** firstHeader is the first value of a header by its lower-case name; empty where it was not sent. Names and values alternate. */
export function firstHeader(headers: readonly string[], lowerName: string): string {
  for (let i = 0; i < headers.length; i += 2)
    if (isNamed(headers[i] as string, lowerName)) return headers[i + 1] as string;
  return "";
}

/** lastHeader is the last value of a header. */
export function lastHeader(headers: readonly string[], lowerName: string): string {
  for (let i = headers.length - 2; i >= 0; i -= 2)
    if (isNamed(headers[i] as string, lowerName)) return headers[i + 1] as string;
  return "";
}
