import { BackendBusy, type QueryApi } from "./query-api.ts";

/** A response may have 128 MB: so many are in memory at once. */
const RUNNING_MAX = 4;
/** One more would wait longer than its caller does. */
const WAITING_MAX = 64;

/**
 * boundedQueries asks a backend few queries at a time, in the order in which they came. Throws BackendBusy where too many wait already, or one waited `waitMs` without
 * its turn.
 */
export function boundedQueries(api: QueryApi, { waitMs }: { readonly waitMs: number }): QueryApi {
  const waiting = new Set<() => void>();
  let running = 0;
  const turn = async (): Promise<void> => {
    if (running < RUNNING_MAX) {
      running++;
      return;
    }
    if (waiting.size >= WAITING_MAX)
      throw new BackendBusy(
        `the metrics backend has ${RUNNING_MAX} queries in progress, and ${WAITING_MAX} wait: try again later`,
      );
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    waiting.add(resolve);
    const late = setTimeout(() => {
      waiting.delete(resolve);
      reject(
        new BackendBusy(
          `the query waited ${waitMs / 1_000} s for other queries of the metrics backend: try again later`,
        ),
      );
    }, waitMs);
    // Its turn is handed on: the number of queries in progress stays.
    await promise.finally(() => clearTimeout(late));
  };
  const done = (): void => {
    const [next] = waiting;
    if (!next) running--;
    else {
      waiting.delete(next);
      next();
    }
  };
  const inTurn = async <T>(ask: () => Promise<T>): Promise<T> => {
    await turn();
    try {
      return await ask();
    } finally {
      done();
    }
  };
  return {
    range: (selector, range) => inTurn(() => api.range(selector, range)),
    series: (selector, range) => inTurn(() => api.series(selector, range)),
  };
}
