import { InvalidArgumentError } from "commander";
import { isDate, isInstant, isMonth } from "@tollgate/config";

/** Readers of options: what they refuse never reaches a server, and no request is needed to see that it is wrong. */
const reading =
  (isRight: (text: string) => boolean, wanted: string) =>
  (text: string): string => {
    if (!isRight(text)) throw new InvalidArgumentError(`It must be ${wanted}.`);
    return text;
  };

/** readMonth takes a month of the calendar. */
export const readMonth = reading(isMonth, "a month, such as 2026-11");

/** readDate takes a date of the calendar. */
export const readDate = reading(isDate, "a date, such as 2026-12-01");

/** readTime takes a date, which begins at midnight, or an instant with its offset. */
export const readTime = reading(
  (text) => isDate(text) || isInstant(text),
  "a time, such as 2026-11-01 or 2026-11-01T08:00:00Z",
);

/** unixMsOf is a time that readTime took as milliseconds since 1970, a date at midnight in UTC; 0 when the option is absent. */
export const unixMsOf = (time: string | undefined): bigint =>
  time === undefined ? 0n : BigInt(Date.parse(time));
