import { fileURLToPath } from "node:url";
import type { ClusterNode } from "../kit/cluster.ts";
import { type RunningProcess, startProcess, until } from "../kit/process.ts";
import type { HeldSockets } from "./socket-holder.ts";

const HOLDER = fileURLToPath(new URL("./socket-holder.ts", import.meta.url));
/** As many as these are opened at a time, where they have no rate. */
const OPENED_AT_ONCE = 64;
/** Where only the memory of connections counts, the limit of new ones is counted only. */
export const HELD_ENV = { TOLLGATE_LIMITS: "shadow", NODE_OPTIONS: "--inspect-port=0" };
/** All clients of a holder have one address, and the kernel does not give each worker equally many. */
export const CLIENT_LIMITS = { TOLLGATE_CONNECTIONS: "20000", TOLLGATE_CONNECTIONS_PER_SOURCE: "20000" };
/** Opening takes no longer than this in all, with what has to be tried again. */
export const openMaxMs = (count: number): number => 60_000 + 5 * count;

/** The addresses of the inspectors of Node processes, which SIGUSR1 opens. */
export async function openInspectors(node: ClusterNode, pids: readonly number[]): Promise<readonly string[]> {
  const opened = () => [...node.part.output().matchAll(/Debugger listening on (ws:\S+)/g)];
  for (const [i, pid] of pids.entries()) {
    process.kill(pid, "SIGUSR1");
    await until(`the inspector of ${pid} listens`, () => opened().length > i);
  }
  return opened().map(([, url = ""]) => url);
}

export interface HoldOptions {
  readonly count: number;
  /** How many others were opened before: addresses have so many ports only. */
  readonly first: number;
  /** So many are begun a second; left out: some at a time, as fast as they are let in. */
  readonly rate?: number;
}

/** Opens connections from a process of its own, and holds them as long as it runs. */
export async function hold(
  url: string,
  { count, first, rate = 0 }: HoldOptions,
): Promise<RunningProcess & HeldSockets> {
  const options = Object.entries({ url, count, rate, first, atOnce: OPENED_AT_ONCE }).flatMap(
    ([name, value]) => [`--${name}`, String(value)],
  );
  const holder = startProcess(process.execPath, ["--no-warnings", HOLDER, ...options], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  const line = await until(
    () => `${count} connections are open: ${holder.output()}`,
    () => /^\{.*\}$/m.exec(holder.output())?.[0],
    openMaxMs(count),
  );
  return { ...holder, ...(JSON.parse(line) as HeldSockets) };
}
