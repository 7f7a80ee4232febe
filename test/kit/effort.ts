/** cpuMs is the CPU time that a piece of work costs this thread. Other load of the machine does not count. */
export function cpuMs<T>(work: () => T): { readonly result: T; readonly ms: number } {
  const before = process.threadCpuUsage();
  const result = work();
  const { user, system } = process.threadCpuUsage(before);
  return { result, ms: (user + system) / 1000 };
}
