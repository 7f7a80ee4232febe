/** cpuMs is the CPU time that a piece of work costs this thread. Other load of the machine does not count. */
export function cpuMs<T>(work: () => T): { readonly result: T; readonly ms: number } {
  const before = process.threadCpuUsage();
  const result = work();
  const { user, system } = process.threadCpuUsage(before);
  return { result, ms: (user + system) / 1000 };
}

/** How much longer than its CPU time a fixed piece of work takes now: 1 on an idle machine, 2 where two programs share each core. */
function slowdown(): number {
  const started = performance.now();
  const { ms } = cpuMs(() => {
    let sum = 0;
    for (let i = 0; i < 30_000_000; i++) sum = (sum * 31 + i) | 0;
    return sum;
  });
  return Math.max(1, (performance.now() - started) / ms);
}

/** idleMs is how long a piece of work, which may be that of other processes, would have taken on an idle machine: how much slower this one is was measured before and after. */
export async function idleMs<T>(
  work: () => Promise<T>,
): Promise<{ readonly result: T; readonly ms: number }> {
  const before = slowdown();
  const started = performance.now();
  const result = await work();
  const elapsedMs = performance.now() - started;
  return { result, ms: elapsedMs / Math.max(before, slowdown()) };
}
