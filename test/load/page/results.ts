import type { LoadReport } from "../report.ts";

/** Machine is what was measured on. */
export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kernel: string;
  readonly node: string;
}

/** ScenarioRun is what came of a scenario: a report, or why there is none. */
export interface ScenarioRun {
  /** When it began, in UTC. */
  readonly at: string;
  /** The commit of the sources, "+" after it where they had changes. */
  readonly commit: string;
  readonly seconds: number;
  /** How many processes wanted a processor when it began, on average of a minute. */
  readonly load: number;
  /** Whether it was made shorter, to check the scenario: its values are not to be relied on. */
  readonly isQuick: boolean;
  readonly report?: LoadReport;
  readonly error?: string;
}

/** PageResults is what the page of figures is made of. */
export interface PageResults {
  readonly machine: Machine;
  readonly runs: Readonly<Record<string, ScenarioRun>>;
}
