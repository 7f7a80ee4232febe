const DATE_LENGTH = "2026-12-01".length;

/** dayOf is the first or the last day of a time between two instants. It ends before its second instant: the day before that is what people read. */
export function dayOf(instant: string, timeZone: string, isEnd: boolean): string {
  const moment = new Date(Date.parse(instant) - (isEnd ? 1 : 0));
  return new Intl.DateTimeFormat("sv-SE", { timeZone }).format(moment).slice(0, DATE_LENGTH);
}
