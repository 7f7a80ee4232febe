import { PatternError } from "./syntax.ts";

/**
 * Time of the processor that one match, or all of one evaluation of a template or a path together with what goes on between them, may take on
 * an event loop: other calls wait for it. In an automaton whose states are known, 100 KB take about a millisecond; to find the states of a large
 * pattern takes tens of them.
 */
export const MATCH_MAX_MS = 50;
/**
 * What one match of a long text may take: it is a body or what a function returned, of which callers can send any number, and not a header, path
 * or token, for which a large pattern may have to find its states first. What is cut short is matched beside the event loop.
 */
const LONG_TEXT_MAX_MS = 2;
/** What all headers and the address of a request may have together, on AWS. */
const SHORT_TEXT_MAX_CHARS = 10_240;

export const isLong = (text: string): boolean => text.length > SHORT_TEXT_MAX_CHARS;

/** Half a millisecond at worst: that of states which are not known yet. */
const STEPS_BETWEEN_CHECKS = 3_000;
/** Kernels count the processor's time by ticks of up to 4 ms: what they report may have a part of one too much. */
const TICK_MS = 4;
/** They cannot tell when a time is over that is not much longer than a tick. */
const SHORT_MS = 2 * TICK_MS;
/** If it is longer between two looks at the clock, the thread was interrupted, or did something else: that is not counted. */
const MS_BETWEEN_CHECKS_MAX = 1;

/** MatchTimeout: a match, or several that have their time together, took too long. */
export class MatchTimeout extends PatternError {
  readonly maxMs: number;

  constructor(maxMs: number) {
    super(`patterns take longer than ${maxMs} ms`);
    this.maxMs = maxMs;
  }
}

/** A pattern whose matches take all of their time has half of it for the next, but never less than this. */
const MATCH_LEAST_MS = 2;
/** After so long it has twice of that again. */
const FORGIVEN_MS = 1_000;

/**
 * Allowance is how long one match of a pattern may take. The texts that make it slow come from callers: each of them costs the event loop what the
 * pattern may take, so a pattern that has just taken all of it gets less. A pattern that only has to find its states goes on where it stopped.
 */
export class Allowance {
  readonly #nowMs: () => number;
  #ms = MATCH_MAX_MS;
  #sinceMs = 0;

  constructor(nowMs: () => number = () => performance.now()) {
    this.#nowMs = nowMs;
  }

  /** In milliseconds of the processor. */
  get ms(): number {
    if (this.#ms === MATCH_MAX_MS) return MATCH_MAX_MS;
    const forgiven = (this.#nowMs() - this.#sinceMs) / FORGIVEN_MS;
    return Math.min(MATCH_MAX_MS, this.#ms * 2 ** Math.floor(forgiven));
  }

  /** usedUp: a match has ended because it, or several together, took so long. Where others have had most of a shorter time, it is not to blame. */
  usedUp(maxMs: number): void {
    if (maxMs < this.ms) return;
    this.#ms = Math.max(MATCH_LEAST_MS, this.ms / 2);
    this.#sinceMs = this.#nowMs();
  }
}

/** What is left of a time that matches have together; `outer`: which they share with others. */
class MatchTime {
  readonly maxMs: number;
  readonly #outer: MatchTime | undefined;
  #steps = 0;
  /** Begins with the first look at the clock: few matches need one. */
  #started: NodeJS.CpuUsage | undefined = undefined;
  #startedMs = 0;
  #checkedMs = 0;
  /** Of the matches alone, without interruptions. */
  #matchedMs = 0;

  constructor(maxMs: number, outer?: MatchTime) {
    this.maxMs = maxMs;
    this.#outer = outer;
  }

  spend(steps: number): void {
    this.#outer?.spend(steps);
    this.#steps += steps;
    if (this.#steps < STEPS_BETWEEN_CHECKS) return;
    this.#steps = 0;
    const nowMs = performance.now();
    if (!this.#started) {
      this.#started = process.threadCpuUsage();
      this.#startedMs = this.#checkedMs = nowMs;
      return;
    }
    const ms = nowMs - this.#checkedMs;
    if (ms <= MS_BETWEEN_CHECKS_MAX) this.#matchedMs += ms;
    this.#checkedMs = nowMs;
    if (this.#isUsedUp(nowMs)) throw new MatchTimeout(this.maxMs);
  }

  #isUsedUp(nowMs: number): boolean {
    if (this.maxMs <= SHORT_MS && this.#matchedMs >= this.maxMs) return true;
    // It takes a twentieth of the time to ask for, and the processor's is never more.
    if (nowMs - this.#startedMs < this.maxMs) return false;
    const { user, system } = process.threadCpuUsage(this.#started);
    return user + system > (this.maxMs + TICK_MS) * 1000;
  }
}

/** The time of the run that goes on now. A match never waits, so there is one at a time. */
let shared: MatchTime | undefined;

/** withinMatchTime runs something whose matches may take so long together. Within another such run they take from its time. */
export function withinMatchTime<T>(maxMs: number, run: () => T): T {
  if (shared) return run();
  shared = new MatchTime(maxMs);
  try {
    return run();
  } finally {
    shared = undefined;
  }
}

/** spend takes steps that were not metered. */
export const spend = (steps: number): void => shared?.spend(steps);

/**
 * A text whose reader pays for each character: an engine that looks at characters one by one can be ended like that, however it works. It has
 * what the engine (re2js) calls of a string, and its tag, and does not extend String: V8 then looks up the methods of all strings of the
 * process in a dictionary, each time that one is called.
 */
class MeteredText implements Pick<string, "length" | "charCodeAt" | "indexOf" | "substring"> {
  readonly length: number;
  readonly #text: string;
  readonly #time: MatchTime;
  /** Characters between two payments, and those until the next. */
  readonly #stride: number;
  #left: number;

  constructor(text: string, steps: number, time: MatchTime) {
    this.length = text.length;
    this.#text = text;
    this.#time = time;
    this.#stride = this.#left = Math.ceil(STEPS_BETWEEN_CHECKS / steps);
  }

  get [Symbol.toStringTag](): string {
    return "String";
  }

  indexOf(searched: string, from?: number): number {
    return this.#text.indexOf(searched, from);
  }

  substring(start: number, end?: number): string {
    return this.#text.substring(start, end);
  }

  toString(): string {
    return this.#text;
  }

  charCodeAt(index: number): number {
    if (--this.#left === 0) {
      this.#left = this.#stride;
      this.#time.spend(STEPS_BETWEEN_CHECKS);
    }
    return this.#text.charCodeAt(index);
  }
}

/** metered is a text of which each character that is looked at costs so many steps. Reading it throws MatchTimeout. */
export function metered(text: string, steps: number, { ms }: Allowance): string {
  // Who has given all matches more time than an event loop allows has none to lose.
  const isWhole = ms === MATCH_MAX_MS || (shared?.maxMs ?? 0) > MATCH_MAX_MS;
  const mostMs = isLong(text) ? Math.min(ms, LONG_TEXT_MAX_MS) : ms;
  const time = shared && isWhole ? shared : new MatchTime(mostMs, shared);
  // For the last characters, which are too few to be paid for.
  time.spend(Math.min(text.length * steps, STEPS_BETWEEN_CHECKS));
  return new MeteredText(text, steps, time) as unknown as string;
}
