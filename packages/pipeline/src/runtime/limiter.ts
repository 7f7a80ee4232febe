import type { ThrottleSettings } from "@tollgate/config";
import type { QuotaGrant } from "./directory.ts";

/** Allowance is a number of calls until a moment. */
export interface Allowance {
  readonly limit: number;
  /** Names the period that it is for, such as DAY-2026-11-21. */
  readonly period: string;
  /** When the period ends. */
  readonly endsUnixMs: number;
  /** Calls that are taken off the first period that there is. */
  readonly offset: number;
  /** What is left of it, where somebody set that. */
  readonly grant?: QuotaGrant;
}

/** Limiter counts calls against limits that outlive every version of the config. The result is available at once while tokens are. */
export interface Limiter {
  /** Takes a token of a bucket. 0: it is taken; else there is none, and it says in how many milliseconds there may be one. */
  take(bucket: string, throttle: ThrottleSettings): number | Promise<number>;
  /** Uses one call of an allowance; false: it is used up. */
  use(counter: string, allowance: Allowance): boolean | Promise<boolean>;
}
