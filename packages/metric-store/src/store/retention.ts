/** Resolution is the length of periods, and how long points have it before they are merged into longer ones. */
export interface Resolution {
  readonly periodS: number;
  readonly keptS: number;
}

const DAY_S = 86_400;

/** RESOLUTIONS is how long CloudWatch keeps points (AWS: CloudWatch concepts, metrics retention), finest first. */
export const RESOLUTIONS: readonly Resolution[] = [
  { periodS: 60, keptS: 15 * DAY_S },
  { periodS: 300, keptS: 63 * DAY_S },
  { periodS: 3_600, keptS: 455 * DAY_S },
];

/** LONGEST_S is when nothing is left. */
export const LONGEST_S = 455 * DAY_S;

/** startOf is the beginning of the period of a time. Periods begin at an origin, and at whole periods before and after it. */
export const startOf = (unixS: number, periodS: number, originUnixS = 0): number =>
  Math.floor((unixS - originUnixS) / periodS) * periodS + originUnixS;

/** periodAt is the length of periods that points of a time have now; undefined: they are not kept any more. */
export const periodAt = (unixS: number, nowUnixS: number): number | undefined =>
  RESOLUTIONS.find(({ periodS, keptS }) => startOf(unixS, periodS) >= nowUnixS - keptS)?.periodS;
