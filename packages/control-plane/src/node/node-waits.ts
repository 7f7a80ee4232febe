import type { NodeStore } from "./node-store.ts";

/** inTime rejects if a promise takes longer than a time. */
export async function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`no response within ${timeoutMs} ms`)), timeoutMs);
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** nextChange resolves with the next change of the store's state, or after a time. */
export async function nextChange(store: Pick<NodeStore, "onChange">, timeoutMs: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = store.onChange(resolve);
  const timer = setTimeout(resolve, timeoutMs);
  await promise;
  clearTimeout(timer);
  stop();
}
