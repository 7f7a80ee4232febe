import { cpuMs } from "./cpu.ts";
import { wrk } from "./rivals.ts";

/** Processes whose time counts. */
export type Pids = () => readonly number[];

/** Calls is what wrk calls, and how. */
export interface Calls {
  readonly url: string;
  readonly connections?: number;
  /** A file of wrk's scripts in Lua. */
  readonly script?: string;
}

const CONNECTIONS = 32;

/** drivenCalls drives calls for some seconds, all of which must succeed: how many, and the processor time of one in each group of processes, in microseconds. */
export async function drivenCalls<Name extends string>(
  groups: Readonly<Record<Name, Pids>>,
  { url, connections = CONNECTIONS, script }: Calls,
  seconds: number,
): Promise<{ readonly calls: number; readonly us: Record<Name, number> }> {
  const names = Object.keys(groups) as Name[];
  const pids = names.map((name) => groups[name]());
  const before = pids.map(cpuMs);
  const { calls, bad } = await wrk(url, connections, seconds, script);
  if (calls === 0 || bad > 0) throw new Error(`${url}: ${calls} calls, ${bad} of them failed`);
  const us = names.map((name, i) => [name, ((cpuMs(pids[i] ?? []) - (before[i] ?? 0)) * 1_000) / calls]);
  return { calls, us: Object.fromEntries(us) as Record<Name, number> };
}

/** cpuOfCalls is the processor time of one of those calls in each group. */
export const cpuOfCalls = async <Name extends string>(
  groups: Readonly<Record<Name, Pids>>,
  calls: Calls,
  seconds: number,
): Promise<Record<Name, number>> => (await drivenCalls(groups, calls, seconds)).us;

/** usOfCall is the same of one group. */
export const usOfCall = async (pids: Pids, calls: Calls, seconds: number): Promise<number> =>
  (await cpuOfCalls({ us: pids }, calls, seconds)).us;
