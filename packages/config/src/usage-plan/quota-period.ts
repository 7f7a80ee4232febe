const DAY_MS = 86_400_000;
/** 1 January 1970 was a Thursday: the Sunday before it was this many days earlier. */
const SUNDAY_OFFSET_DAYS = 4;

/** QuotaPeriod is one period of a quota. */
export interface QuotaPeriod {
  /** Its length and its first day, such as DAY-2026-11-21. */
  readonly name: string;
  readonly startUnixMs: number;
  readonly endUnixMs: number;
}

function boundsOf(period: "DAY" | "WEEK" | "MONTH", unixMs: number): { start: number; end: number } {
  if (period === "MONTH") {
    const t = new Date(unixMs);
    const [year, month] = [t.getUTCFullYear(), t.getUTCMonth()];
    return { start: Date.UTC(year, month), end: Date.UTC(year, month + 1) };
  }
  const days = Math.floor(unixMs / DAY_MS);
  const first = period === "DAY" ? days : days - ((days + SUNDAY_OFFSET_DAYS) % 7);
  return { start: first * DAY_MS, end: (first + (period === "DAY" ? 1 : 7)) * DAY_MS };
}

/** quotaPeriodOf is the period that contains a time. Periods begin at midnight UTC, weeks on Sunday (AWS: QuotaSettings). */
export function quotaPeriodOf(period: "DAY" | "WEEK" | "MONTH", unixMs: number): QuotaPeriod {
  const { start, end } = boundsOf(period, unixMs);
  const name = `${period}-${new Date(start).toISOString().slice(0, 10)}`;
  return { name, startUnixMs: start, endUnixMs: end };
}

/** startOfPeriod is when the period of a name begins. */
export const startOfPeriod = (name: string): number => Date.parse(name.slice(-"2026-11-21".length));
