import { percentile } from "../load/cpu.ts";
import { KeepAliveClient } from "./keep-alive-client.ts";

/** Attacked is what is attacked: Tollgate, or what it is compared with. */
export interface Attacked {
  readonly port: number;
  /** Where its API is. */
  readonly base: string;
}

/** Called is what other callers got meanwhile. */
export interface Called {
  readonly p99Ms: number;
  readonly failures: ReadonlyMap<string, number>;
}

const BETWEEN_MS = 10;
const SOURCE = "127.0.0.3";

/** callFor makes the calls of others for some seconds: some with a connection that they keep, some with a new one each. */
export async function callFor(seconds: number, { port, base }: Attacked): Promise<Called> {
  const untilMs = performance.now() + seconds * 1000;
  const latencies: number[] = [];
  const failures = new Map<string, number>();
  const fail = (what: string) => failures.set(what, (failures.get(what) ?? 0) + 1);
  const timed = async (call: () => Promise<number>) => {
    const startMs = performance.now();
    try {
      const status = await call();
      if (status !== 200) fail(`status ${status}`);
    } catch (error) {
      fail((error as Error).message);
    }
    latencies.push(performance.now() - startMs);
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_MS));
  };
  const keeping = async (path: string) => {
    using client = await KeepAliveClient.open(port, SOURCE);
    while (performance.now() < untilMs) await timed(() => client.get(base + path, {}));
  };
  const connecting = async (path: string) => {
    while (performance.now() < untilMs)
      await timed(async () => {
        using client = await KeepAliveClient.open(port, SOURCE);
        // It is disposed of when it has its response.
        return await client.get(base + path, {});
      });
  };
  await Promise.all([keeping("/mock"), keeping("/other"), connecting("/mock"), connecting("/other")]);
  return { p99Ms: percentile(latencies, 99), failures };
}
