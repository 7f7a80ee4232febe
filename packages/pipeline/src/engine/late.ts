/** Late is a value that is mostly there at once. */
export type Late<T> = T | Promise<T>;

/** andThen goes on with a value: at once where it is there, so that a call that waits for nothing costs no turn of the event loop. */
export const andThen = <T, R>(value: Late<T>, use: (value: T) => Late<R>): Late<R> =>
  value instanceof Promise ? value.then(use) : use(value);
