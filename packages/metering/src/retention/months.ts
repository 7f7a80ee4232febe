/** monthStart is when a month begins in UTC: so many months after that of an instant. */
export function monthStart(unixMs: number, months: number): number {
  const at = new Date(unixMs);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + months);
}
