import { CliError, EXIT } from "./output.ts";

/** parseTime reads the time given in an option as milliseconds since 1970; 0 when the option is absent. */
export function parseTime(text: string | undefined, option: string): bigint {
  if (text === undefined) return 0n;
  const time = Date.parse(text);
  if (Number.isNaN(time))
    throw new CliError(
      `${option} '${text}' must be a time, such as 2026-11-01 or 2026-11-01T08:00:00Z`,
      EXIT.USAGE,
    );
  return BigInt(time);
}
