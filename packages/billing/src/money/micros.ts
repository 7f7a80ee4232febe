import { currencyDecimals } from "@tollgate/config";
import { formatDecimal, parseDecimal } from "./decimal.ts";
import { type Rational, rational, rounded, times } from "./rational.ts";

/** A micro is a millionth of the currency's major unit, in every currency: 1 yen and 1 dollar are 1,000,000 of them. */
const MICRO_DECIMALS = 6;
const PER_MAJOR = 10n ** BigInt(MICRO_DECIMALS);

/** Micros of the currency's smallest coin: 10,000 for a cent, 1,000,000 for a yen. */
const perMinor = (currency: string): bigint => 10n ** BigInt(MICRO_DECIMALS - currencyDecimals(currency));

/** ratedMicros is an exact sum of major units, rounded to the micro: what previews and shares of a line show. */
export const ratedMicros = (exact: Rational): bigint => rounded(times(exact, rational(PER_MAJOR)));

/**
 * amountMicros is an exact sum of major units, rounded to the currency's smallest coin, in micros: the only value that enters totals. It is
 * never made from a value that is already rounded.
 */
export function amountMicros(exact: Rational, currency: string): bigint {
  const minor = perMinor(currency);
  return rounded(times(exact, rational(PER_MAJOR, minor))) * minor;
}

/** exactOf is the exact sum that micros are. */
export const exactOf = (micros: bigint): Rational => rational(micros, PER_MAJOR);

/** formatAmount writes micros that are whole coins with the currency's decimals: "18.79" dollars, "19" yen. */
export function formatAmount(micros: bigint, currency: string): string {
  return formatDecimal(micros / perMinor(currency), currencyDecimals(currency));
}

/** parseAmount reads an amount that formatAmount has written, as micros. It throws a RangeError if the text is not a decimal number. */
export const parseAmount = (text: string, currency: string): bigint =>
  amountMicros(parseDecimal(text), currency);

/** formatMicros writes micros with all their decimals: "18.787460". */
export const formatMicros = (micros: bigint): string => formatDecimal(micros, MICRO_DECIMALS);

/** coinsOf is how many of the currency's smallest coins micros are. */
export const coinsOf = (micros: bigint, currency: string): bigint => micros / perMinor(currency);

/** microsOf is what so many of the currency's smallest coins are. */
export const microsOf = (coins: bigint, currency: string): bigint => coins * perMinor(currency);
