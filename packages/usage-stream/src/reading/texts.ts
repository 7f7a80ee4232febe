import { randomBytes } from "node:crypto";

/** Of protocol buffer strings a byte order mark is text. */
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
/** PostgreSQL stores no NUL: one in a tag would be refused with all usage that is counted together with it. */
const storableOf = (text: string): string => text.replaceAll("\0", "\ufffd");
const EMPTY = "";
const FIRST_PLACES = 1024;
/** Clients choose some texts, such as methods: without it they could choose such that have one hash. */
const SEED = randomBytes(4).readInt32LE();

/**
 * Texts gives the texts of events small numbers: most of them occur in many events, are decoded once, and are compared as numbers from then on. Equal
 * texts have equal numbers; the empty text has 0.
 */
export class Texts {
  readonly #values: string[] = [EMPTY];
  readonly #numbers = new Map<string, number>([[EMPTY, 0]]);
  /** The bytes that were seen, one after the other. Span k is from #starts[k] to #starts[k + 1]. */
  #bytes = new Uint8Array(64 * 1024);
  #starts: number[] = [0, 0];
  /** The number of the text of each span: bytes that are no UTF-8 may be the same text as others. */
  readonly #ofSpan: number[] = [0];
  readonly #hashes: number[] = [0];
  /** A hash table of spans; 0: the place is free. */
  #places = new Int32Array(FIRST_PLACES);

  /** How many bytes of texts are kept. */
  get byteLength(): number {
    return this.#starts[this.#starts.length - 1] as number;
  }

  valueOf(number: number): string {
    return this.#values[number] as string;
  }

  /** spanOf is the number of a span of bytes with these bytes, which is new if they were not seen yet. */
  spanOf(bytes: Uint8Array, start: number, end: number): number {
    if (start === end) return 0;
    let hash = SEED;
    for (let p = start; p < end; p++) hash = Math.imul(hash ^ (bytes[p] as number), 0x01000193);
    hash ^= hash >>> 15;
    const mask = this.#places.length - 1;
    for (let place = hash & mask; ; place = (place + 1) & mask) {
      const span = this.#places[place] as number;
      if (span === 0) return this.#add(bytes.subarray(start, end), hash);
      if (this.#hashes[span] === hash && this.isSpan(span, bytes, start, end)) return span;
    }
  }

  /** isSpan is whether a span has these bytes. */
  isSpan(span: number, bytes: Uint8Array, start: number, end: number): boolean {
    let p = this.#starts[span] as number;
    if ((this.#starts[span + 1] as number) - p !== end - start) return false;
    const known = this.#bytes;
    for (let at = start; at < end; at++, p++) if (known[p] !== bytes[at]) return false;
    return true;
  }

  /** textOf is the number of the text that a span of bytes is. */
  textOf(span: number): number {
    return this.#ofSpan[span] as number;
  }

  #add(bytes: Uint8Array, hash: number): number {
    const span = this.#ofSpan.length;
    const start = this.byteLength;
    if (start + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (start + bytes.length));
      larger.set(this.#bytes.subarray(0, start));
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, start);
    this.#starts.push(start + bytes.length);
    this.#hashes.push(hash);
    const value = storableOf(decoder.decode(bytes));
    let number = this.#numbers.get(value);
    if (number === undefined) {
      number = this.#values.push(value) - 1;
      this.#numbers.set(value, number);
    }
    this.#ofSpan.push(number);
    if (this.#ofSpan.length * 2 > this.#places.length) this.#grow();
    else this.#put(span);
    return span;
  }

  #put(span: number): void {
    const mask = this.#places.length - 1;
    let place = (this.#hashes[span] as number) & mask;
    while (this.#places[place] !== 0) place = (place + 1) & mask;
    this.#places[place] = span;
  }

  #grow(): void {
    this.#places = new Int32Array(this.#places.length * 2);
    for (let span = 1; span < this.#ofSpan.length; span++) this.#put(span);
  }
}
