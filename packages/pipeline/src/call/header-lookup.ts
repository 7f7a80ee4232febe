/** firstHeader is the first value of a header by its lower-case name; empty where it was not sent. Names and values alternate. */
export function firstHeader(headers: readonly string[], lowerName: string): string {
  for (let i = 0; i < headers.length; i += 2)
    if ((headers[i] as string).toLowerCase() === lowerName) return headers[i + 1] as string;
  return "";
}

/** lastHeader is the last value of a header. */
export function lastHeader(headers: readonly string[], lowerName: string): string {
  for (let i = headers.length - 2; i >= 0; i -= 2)
    if ((headers[i] as string).toLowerCase() === lowerName) return headers[i + 1] as string;
  return "";
}
