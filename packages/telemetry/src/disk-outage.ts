import type { Logger } from "./logger.ts";

/**
 * DiskOutage makes writes that a process can do without for a while: a disk that is full, or that fails, must not end it. The first failure of
 * each outage is logged, and its end.
 */
export class DiskOutage {
  readonly #what: string;
  readonly #logger: Logger;
  #isOut = false;

  /** `what` is what is written, such as "the number of nodes". */
  constructor(what: string, logger: Logger) {
    this.#what = what;
    this.#logger = logger;
  }

  /** attempt returns whether the write succeeded. */
  attempt(write: () => void): boolean {
    try {
      write();
    } catch (error) {
      if (!this.#isOut) this.#logger.error({ error: String(error) }, `${this.#what} cannot be written`);
      this.#isOut = true;
      return false;
    }
    if (this.#isOut) this.#logger.info(`${this.#what} can be written again`);
    this.#isOut = false;
    return true;
  }
}
