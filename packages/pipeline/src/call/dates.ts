const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const two = (n: number) => String(n).padStart(2, "0");
const clockOf = (t: Date) => [t.getUTCHours(), t.getUTCMinutes(), t.getUTCSeconds()].map(two).join(":");

let lastSecond = Number.NaN;
let lastTime = "";

/** requestTime is $context.requestTime: dd/Mon/yyyy:HH:mm:ss +0000. All calls of a second have the same. */
export function requestTime(unixMs: number): string {
  const second = Math.floor(unixMs / 1000);
  if (second !== lastSecond) {
    const t = new Date(unixMs);
    lastTime = `${two(t.getUTCDate())}/${MONTHS[t.getUTCMonth()]}/${t.getUTCFullYear()}:${clockOf(t)} +0000`;
    lastSecond = second;
  }
  return lastTime;
}

/** javaDate is a time as Java prints it, such as "Sat Nov 21 13:05:09 UTC 2026". */
export function javaDate(unixMs: number): string {
  const t = new Date(unixMs);
  return `${DAYS[t.getUTCDay()]} ${MONTHS[t.getUTCMonth()]} ${two(t.getUTCDate())} ${clockOf(t)} UTC ${t.getUTCFullYear()}`;
}
