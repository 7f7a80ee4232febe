/** What a queue may hold. */
export interface FairQueueLimits {
  readonly itemsMax: number;
  /** Of the sizes of all items together. */
  readonly sizeMax: number;
}

interface Item<T> {
  readonly value: T;
  readonly size: number;
}

/**
 * FairQueue gives items in turns: one of each source that has any, so that a source with many waits for itself only. When it is full, the
 * newest item of a source with more than most makes room.
 */
export class FairQueue<T> {
  readonly #limits: FairQueueLimits;
  /** In the order of their turns; none is empty. */
  readonly #sources = new Map<string, Item<T>[]>();
  #items = 0;
  #size = 0;

  constructor(limits: FairQueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#items;
  }

  /** add returns the items that had to make room, this one perhaps among them. */
  add(source: string, value: T, size: number): readonly T[] {
    const own = this.#sources.get(source);
    if (own) own.push({ value, size });
    else this.#sources.set(source, [{ value, size }]);
    this.#items++;
    this.#size += size;
    const dropped: T[] = [];
    while (this.#items > this.#limits.itemsMax || this.#size > this.#limits.sizeMax)
      dropped.push(this.#dropOne(source));
    return dropped;
  }

  /** next takes the item whose turn it is; undefined: there is none. */
  next(): T | undefined {
    for (const [source, items] of this.#sources) {
      this.#sources.delete(source);
      const item = items.shift() as Item<T>;
      if (items.length > 0) this.#sources.set(source, items);
      this.#count(item);
      return item.value;
    }
    return undefined;
  }

  #dropOne(adding: string): T {
    const source = this.#longest(adding);
    const items = this.#sources.get(source) as Item<T>[];
    const item = items.pop() as Item<T>;
    if (items.length === 0) this.#sources.delete(source);
    this.#count(item);
    return item.value;
  }

  /** A source with more than most; of those the one that adds, so that many sources are not looked through each time. */
  #longest(adding: string): string {
    let most = this.#sources.get(adding)?.length ?? 0;
    if (most * this.#sources.size >= this.#items) return adding;
    let longest = adding;
    for (const [source, { length }] of this.#sources) if (length > most) [longest, most] = [source, length];
    return longest;
  }

  #count({ size }: Item<T>): void {
    this.#items--;
    this.#size -= size;
  }
}
