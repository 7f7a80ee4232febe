/** Levels, the most severe first. */
export const LINT_LEVELS = ["error", "warning", "info"] as const;
export type LintLevel = (typeof LINT_LEVELS)[number];

/** LintResult is one finding in a file. */
export interface LintResult {
  readonly file: string;
  /** 1-based; undefined where only the entity is known. */
  readonly line: number | undefined;
  /** JSON pointer of a definition, or entity and member of a manifest. */
  readonly at: string;
  readonly level: LintLevel;
  readonly rule: string;
  readonly message: string;
}

/** asText formats a result for people. */
export const asText = ({ file, line, at, level, rule, message }: LintResult): string =>
  `${level}: ${file}${line === undefined ? "" : `:${line}`} ${at}: ${message} [${rule}]`;
