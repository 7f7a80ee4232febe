const FREE = 0xffff_ffff;
const REMOVED = 0xffff_fffe;
const SLOTS_MIN = 16;

/** HashTable finds numbers by a hash of 32 bits, in 8 bytes a slot. Whether a number is the right one, the caller says. */
export class HashTable {
  /** A hash and a number, for each slot. */
  #slots = new Uint32Array(SLOTS_MIN * 2).fill(FREE);
  #usedSlots = 0;

  find(hash: number, isIt: (value: number) => boolean): number | undefined {
    const slot = this.#slotOf(hash, isIt);
    return slot === undefined ? undefined : this.#slots[slot + 1];
  }

  add(hash: number, value: number): void {
    if ((this.#usedSlots + 1) * 3 > this.#slots.length) this.#grow();
    this.#put(this.#slots, hash, value);
    this.#usedSlots++;
  }

  remove(hash: number, value: number): void {
    const slot = this.#slotOf(hash, (one) => one === value);
    if (slot !== undefined) this.#slots[slot + 1] = REMOVED;
  }

  #slotOf(hash: number, isIt: (value: number) => boolean): number | undefined {
    const slots = this.#slots;
    const mask = slots.length - 1;
    for (let slot = (hash << 1) & mask; ; slot = (slot + 2) & mask) {
      const value = slots[slot + 1] as number;
      if (value === FREE) return undefined;
      if (value !== REMOVED && slots[slot] === hash >>> 0 && isIt(value)) return slot;
    }
  }

  #put(slots: Uint32Array, hash: number, value: number): void {
    const mask = slots.length - 1;
    let slot = (hash << 1) & mask;
    while (slots[slot + 1] !== FREE) slot = (slot + 2) & mask;
    slots[slot] = hash;
    slots[slot + 1] = value;
  }

  /** Makes room; slots of removed numbers become free. */
  #grow(): void {
    const old = this.#slots;
    let count = 0;
    for (let slot = 0; slot < old.length; slot += 2) if ((old[slot + 1] as number) < REMOVED) count++;
    let size = SLOTS_MIN * 2;
    while (size < count * 4 + 4) size *= 2;
    this.#slots = new Uint32Array(size).fill(FREE);
    for (let slot = 0; slot < old.length; slot += 2) {
      const value = old[slot + 1] as number;
      if (value < REMOVED) this.#put(this.#slots, old[slot] as number, value);
    }
    this.#usedSlots = count;
  }
}
