/** Sampled is a sample, and how many of its kind it stands for. */
export interface Sampled<T> {
  readonly sample: T;
  readonly weight: number;
}

/** Samples are some of a population. */
export interface Samples<T> {
  readonly population: number;
  readonly samples: readonly Sampled<T>[];
}

interface Slot<T> {
  readonly startUnixMs: number;
  population: number;
  samples: T[];
}

/** Samples are kept by the minute, so that a question about a time has some of all of it. */
const SLOT_MS = 60_000;

export interface SampleReservoirOptions {
  readonly perMinute: number;
  readonly keptMs: number;
  /** Over all series. Above it, the oldest samples are dropped. */
  readonly samplesMax: number;
  /** Minutes in which a series had something, over all of them. */
  readonly slotsMax: number;
  /** From 0 to 1. */
  readonly random: () => number;
}

/**
 * SampleReservoir keeps some of what happens in many series: of each minute so many that each had the same chance (Vitter: algorithm R), and how
 * many there were. Its memory is bounded, whatever happens.
 */
export class SampleReservoir<T> {
  readonly #options: SampleReservoirOptions;
  readonly #series = new Map<string, Slot<T>[]>();
  /** All slots, in the order of their beginning. */
  readonly #slots = new Map<Slot<T>, string>();
  #samples = 0;

  constructor(options: SampleReservoirOptions) {
    this.#options = options;
  }

  /** Samples in memory. */
  get size(): number {
    return this.#samples;
  }

  /** add counts one of a series, and makes a sample of it if it is chosen. */
  add(series: string, unixMs: number, sample: () => T): void {
    const slot = this.#slotOf(series, unixMs);
    slot.population++;
    const { perMinute, random, samplesMax } = this.#options;
    if (slot.samples.length < perMinute) {
      if (this.#samples >= samplesMax) this.#forgetSamples();
      slot.samples.push(sample());
      this.#samples++;
      return;
    }
    const at = Math.floor(random() * slot.population);
    if (at < perMinute) slot.samples[at] = sample();
  }

  #slotOf(series: string, unixMs: number): Slot<T> {
    const startUnixMs = unixMs - (unixMs % SLOT_MS);
    let slots = this.#series.get(series);
    const last = slots?.at(-1);
    // A clock that was set back does not reopen what is over.
    if (last && last.startUnixMs >= startUnixMs) return last;
    this.#forget(unixMs);
    slots = this.#series.get(series) ?? [];
    const slot = { startUnixMs, population: 0, samples: [] };
    slots.push(slot);
    this.#series.set(series, slots);
    this.#slots.set(slot, series);
    return slot;
  }

  /** Slots that are too old, or too many. */
  #forget(unixMs: number): void {
    const { keptMs, slotsMax } = this.#options;
    for (const [slot, series] of this.#slots) {
      if (slot.startUnixMs + SLOT_MS + keptMs > unixMs && this.#slots.size < slotsMax) return;
      this.#slots.delete(slot);
      this.#samples -= slot.samples.length;
      const slots = this.#series.get(series);
      slots?.shift();
      if (slots?.length === 0) this.#series.delete(series);
    }
  }

  #forgetSamples(): void {
    for (const slot of this.#slots.keys()) {
      if (slot.samples.length === 0) continue;
      this.#samples -= slot.samples.length;
      slot.samples = [];
      return;
    }
  }

  /** between are samples of a series, of all minutes that a time touches. */
  between(series: string, startUnixMs: number, endUnixMs: number): Samples<T> {
    const slots = (this.#series.get(series) ?? []).filter(
      (slot) => slot.startUnixMs + SLOT_MS > startUnixMs && slot.startUnixMs <= endUnixMs,
    );
    return {
      population: slots.reduce((sum, slot) => sum + slot.population, 0),
      samples: slots.flatMap(({ population, samples }) =>
        samples.map((sample) => ({ sample, weight: population / samples.length })),
      ),
    };
  }
}
