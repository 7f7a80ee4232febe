/** LoadReport is what a scenario measured; ratios compare figures of the same run. */
export interface LoadReport {
  readonly figures: Readonly<Record<string, number>>;
  readonly ratios: Readonly<Record<string, number>>;
}
