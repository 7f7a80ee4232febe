type Set = (run: () => void, ms: number, ...args: unknown[]) => unknown;
type Clear = (timer: unknown) => void;

/** Timer is one that a process has set. */
class Timer {
  readonly host: Host;
  readonly everyMs: number | undefined;
  isCleared = false;

  constructor(host: Host, everyMs: number | undefined) {
    this.host = host;
    this.everyMs = everyMs;
  }

  unref(): this {
    return this;
  }
}

interface Event {
  atMs: number;
  readonly order: number;
  readonly host: Host | undefined;
  readonly run: () => unknown;
  /** What a process does late if it was held up: it is due at once then. */
  readonly timer?: Timer;
}

/** Host is a process: what it does can be held up, and never happens once it has ended. */
export class Host {
  isAlive = true;
  heldUpUntilMs = 0;
}

const globals = ["setTimeout", "setInterval", "clearTimeout", "clearInterval"] as const;
/** More turns of the queue of promises than any chain of ours has. */
const TURNS = 24;

/** Machine is the time of several processes, which passes as fast as their work is done. What they do is in one order, which a seed decides. */
export class Machine implements Disposable {
  nowMs = 1_000;
  readonly random: () => number;
  readonly #events: Event[] = [];
  readonly #real = globals.map((name) => globalThis[name]);
  #orders = 0;
  #current: Host | undefined;

  constructor(random: () => number) {
    this.random = random;
    const [realTimeout, realInterval, clearTimeout, clearInterval] = this.#real as [Set, Set, Clear, Clear];
    // What is set outside of the simulation, in the process that runs it, is not part of it.
    const set =
      (isRepeated: boolean, real: Set) =>
      (run: () => void, ms: number, ...args: unknown[]) =>
        this.#current ? this.#timer(this.#current, run, ms, isRepeated) : real(run, ms, ...args);
    const clear = (real: Clear) => (timer: unknown) => {
      if (timer instanceof Timer) timer.isCleared = true;
      else real(timer);
    };
    Object.assign(globalThis, {
      setTimeout: set(false, realTimeout),
      setInterval: set(true, realInterval),
      clearTimeout: clear(clearTimeout),
      clearInterval: clear(clearInterval),
    });
  }

  [Symbol.dispose](): void {
    for (const [i, name] of globals.entries()) Object.assign(globalThis, { [name]: this.#real[i] });
  }

  below(limit: number): number {
    return this.random() * limit;
  }

  chance(part: number): boolean {
    return this.random() < part;
  }

  #timer(host: Host, run: () => void, ms: number, isRepeated: boolean): Timer {
    const timer = new Timer(host, isRepeated ? ms : undefined);
    this.#push({ atMs: this.nowMs + Math.max(1, ms) + this.random(), host, run, timer });
    return timer;
  }

  /** after does something in a process (undefined: outside of all) after a time. */
  after(ms: number, host: Host | undefined, run: () => unknown): void {
    this.#push({ atMs: this.nowMs + ms, host, run });
  }

  /** Runs what a process begins now. */
  async inside(host: Host, run: () => unknown): Promise<void> {
    this.#current = host;
    run();
    for (let i = 0; i < TURNS; i++) await Promise.resolve();
    this.#current = undefined;
  }

  async runUntil(endMs: number): Promise<void> {
    for (let event = this.#events[0]; event && event.atMs <= endMs; event = this.#events[0]) {
      this.#pop();
      this.nowMs = Math.max(this.nowMs, event.atMs);
      await this.#do(event);
    }
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  async #do(event: Event): Promise<void> {
    const { host, run, timer } = event;
    if (!host) return void (await run());
    if (!host.isAlive || timer?.isCleared) return;
    if (host.heldUpUntilMs > this.nowMs)
      // What is due at once is done in an order that nobody knows: timers first, or what has arrived.
      return this.#push({ ...event, atMs: host.heldUpUntilMs + (timer ? this.random() / 100 : 0.005) });
    await this.inside(host, run);
    if (timer?.everyMs !== undefined && !timer.isCleared)
      this.#push({ ...event, atMs: this.nowMs + timer.everyMs + this.random() });
  }

  #push(event: Omit<Event, "order"> & { readonly order?: number }): void {
    const events = this.#events;
    const one = { ...event, order: this.#orders++ };
    let i = events.push(one) - 1;
    for (; i > 0; i = (i - 1) >> 1) {
      const above = events[(i - 1) >> 1] as Event;
      if (!before(one, above)) break;
      events[i] = above;
    }
    events[i] = one;
  }

  #pop(): void {
    const events = this.#events;
    const last = events.pop() as Event;
    if (events.length === 0) return;
    let i = 0;
    for (;;) {
      let child = 2 * i + 1;
      if (child >= events.length) break;
      if (child + 1 < events.length && before(events[child + 1] as Event, events[child] as Event)) child++;
      if (!before(events[child] as Event, last)) break;
      events[i] = events[child] as Event;
      i = child;
    }
    events[i] = last;
  }
}

const before = (a: Event, b: Event): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
