import { type Rational, rational } from "./rational.ts";

const DECIMAL = /^(?<sign>-?)(?<whole>\d+)(?:\.(?<fraction>\d+))?$/;

/** parseDecimal reads a decimal number such as "0.40" exactly. It throws a RangeError if the text is not one. */
export function parseDecimal(text: string): Rational {
  const { sign = "", whole, fraction = "" } = DECIMAL.exec(text)?.groups ?? {};
  if (whole === undefined) throw new RangeError(`'${text}' is not a decimal number`);
  return rational(BigInt(`${sign}${whole}${fraction}`), 10n ** BigInt(fraction.length));
}

/** formatDecimal writes units of 10^-decimals as a decimal number with exactly so many digits after the point: 1879n and 2 are "18.79". */
export function formatDecimal(units: bigint, decimals: number): string {
  const digits = `${units < 0n ? -units : units}`.padStart(decimals + 1, "0");
  const point = digits.length - decimals;
  const fraction = decimals === 0 ? "" : `.${digits.slice(point)}`;
  return `${units < 0n ? "-" : ""}${digits.slice(0, point)}${fraction}`;
}
