let lastSecond = Number.NaN;
let lastDate = "";

/** amzDate returns a time in the format of X-Amz-Date. All that is signed within a second has the same. */
export function amzDate(unixMs: number): string {
  const second = Math.floor(unixMs / 1000);
  if (second !== lastSecond) {
    lastDate = new Date(second * 1000).toISOString().replace(/[-:]|\.\d{3}/g, "");
    lastSecond = second;
  }
  return lastDate;
}

const ZERO = 48;

/** The number of `count` digits of a text from a place on; NaN: they are not digits. */
function digitsAt(text: string, at: number, count: number): number {
  let number = 0;
  for (let i = at; i < at + count; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    number = number * 10 + digit;
  }
  return number;
}

const DATE_CHARS = "YYYYMMDDTHHMMSSZ".length;
/** Date.UTC takes years below for those of the twentieth century. */
const YEAR_MIN = 100;

/** unixMsOf reads a time in the format of X-Amz-Date. undefined: it is not in that format; NaN: there is no such time. */
export function unixMsOf(date: string): number | undefined {
  if (date.length !== DATE_CHARS || date[8] !== "T" || date[15] !== "Z") return undefined;
  const year = digitsAt(date, 0, 4);
  const month = digitsAt(date, 4, 2);
  const day = digitsAt(date, 6, 2);
  const hour = digitsAt(date, 9, 2);
  const minute = digitsAt(date, 11, 2);
  const second = digitsAt(date, 13, 2);
  if (Number.isNaN(year + month + day + hour + minute + second)) return undefined;
  if (year < YEAR_MIN || hour > 23 || minute > 59 || second > 59) return Number.NaN;
  const unixMs = Date.UTC(year, month - 1, day, hour, minute, second);
  // A day that its month does not have would be one of the next month.
  return new Date(unixMs).getUTCDate() === day && month >= 1 && month <= 12 ? unixMs : Number.NaN;
}
