/** SettingsProblem is one invalid setting of a process. */
export interface SettingsProblem {
  readonly name: string;
  readonly message: string;
}

/** A way to read one variable: its value, and the problem with it, if any. */
export type Setting<T> = (raw: string | undefined) => { readonly value: T; readonly problem?: string };

/** Read reads one variable. */
export type Read = <T>(name: string, kind: Setting<T>) => T;

/** setting lists the types of variables. Each returns a value even when it has a problem, so that all problems are found. */
export const setting = {
  text:
    (fallback: string): Setting<string> =>
    (raw) => ({ value: raw || fallback }),
  optionalText: (): Setting<string | undefined> => (raw) => ({ value: raw || undefined }),
  /** A comma-separated list; empty when the variable is empty. */
  list: (): Setting<readonly string[]> => (raw) => ({
    value: (raw ?? "")
      .split(",")
      .map((s) => s.trim())
      .filter((s) => s !== ""),
  }),
  oneOf:
    <const T extends string>(values: readonly T[], fallback: T): Setting<T> =>
    (raw) => {
      const value = values.find((v) => v === (raw || fallback));
      return value === undefined
        ? { value: fallback, problem: `'${raw}' must be one of ${values.join(", ")}` }
        : { value };
    },
  integer:
    (fallback: number, min: number, max: number): Setting<number> =>
    (raw) => {
      const value = raw ? Number(raw) : fallback;
      return Number.isInteger(value) && value >= min && value <= max
        ? { value }
        : { value: fallback, problem: `'${raw}' must be a whole number from ${min} to ${max}` };
    },
  /** Port 0 picks a free port. */
  port: (fallback: number): Setting<number> => setting.integer(fallback, 0, 65_535),
  ratio:
    (fallback: number): Setting<number> =>
    (raw) => {
      const value = raw ? Number(raw) : fallback;
      return value >= 0 && value <= 1
        ? { value }
        : { value: fallback, problem: `'${raw}' must be a number from 0 to 1` };
    },
  url: (): Setting<string | undefined> => (raw) =>
    !raw || URL.canParse(raw)
      ? { value: raw || undefined }
      : { value: undefined, problem: `'${raw}' must be a URL, such as http://127.0.0.1:4318` },
} as const;

export class SettingsError extends Error {}

/** parseSettings reads all settings of a process and throws one SettingsError that lists all invalid settings. */
export function parseSettings<T>(
  env: NodeJS.ProcessEnv,
  build: (read: Read) => {
    value: T;
    problems: readonly SettingsProblem[];
  },
): T {
  const problems: SettingsProblem[] = [];
  const { value, problems: more } = build((name, kind) => {
    const { value: read, problem } = kind(env[name]);
    // One setting may be read in several places.
    if (problem && !problems.some((known) => known.name === name)) problems.push({ name, message: problem });
    return read;
  });
  problems.push(...more);
  if (problems.length > 0)
    throw new SettingsError(
      `invalid settings:\n${problems.map((p) => `  ${p.name} ${p.message}`).join("\n")}`,
    );
  return value;
}
