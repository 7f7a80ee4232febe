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

/** changeOf resolves to true once a condition on the store's state holds, or to false after a time. */
export async function changeOf(
  store: Pick<NodeStore, "onChange">,
  condition: () => boolean,
  timeoutMs: number,
): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const check = () => {
    if (condition()) resolve(true);
  };
  const stop = store.onChange(check);
  const timer = setTimeout(() => resolve(false), timeoutMs);
  check();
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    stop();
  }
}
