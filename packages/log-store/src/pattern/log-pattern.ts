/** LogPattern is a compiled filter pattern of CloudWatch Logs. */
export interface LogPattern {
  matches(message: string): boolean;
  /** UTF-8 that each event that matches contains; undefined: there is no such text. */
  readonly needle?: Buffer | undefined;
}
