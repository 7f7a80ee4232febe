/** No input of AWS's operations is nearly as deep. */
const DEPTH_MAX = 100;

const TEXT = 3;
const ARRAY = 4;
const MAP = 5;
const TAG = 6;
const SIMPLE = 7;

const INDEFINITE = 31;
const BREAK = 0xff;

/** Scanner goes over data items without making values of them (RFC 8949, appendix C). */
class Scanner {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  get #left(): number {
    return this.#bytes.length - this.#at;
  }

  /** The number behind the first byte of an item; undefined: it is cut off, or reserved. */
  #argument(info: number): number | undefined {
    if (info < 24) return info;
    const size = 2 ** (info - 24);
    if (info > 27 || this.#left < size) return undefined;
    const at = this.#at;
    this.#at += size;
    if (size === 8) return Number(this.#bytes.readBigUInt64BE(at));
    return this.#bytes.readUIntBE(at, size);
  }

  /** Whether a whole item follows. */
  item(depth: number): boolean {
    if (depth > DEPTH_MAX || this.#left === 0) return false;
    const first = this.#bytes[this.#at++] as number;
    const major = first >> 5;
    const info = first & 31;
    if (info === INDEFINITE) return this.#untilBreak(major, depth);
    const argument = this.#argument(info);
    if (argument === undefined) return false;
    switch (major) {
      case 2:
      case TEXT:
        if (argument > this.#left) return false;
        this.#at += argument;
        return true;
      case ARRAY:
        return this.#items(argument, depth);
      case MAP:
        return this.#items(2 * argument, depth);
      case TAG:
        return this.item(depth + 1);
      default:
        return true;
    }
  }

  #items(count: number, depth: number): boolean {
    // Each has a byte at least.
    if (count > this.#left) return false;
    for (let i = 0; i < count; i++) if (!this.item(depth + 1)) return false;
    return true;
  }

  #untilBreak(major: number, depth: number): boolean {
    if (major < 2 || major === TAG || major === SIMPLE) return false;
    let count = 0;
    while (this.#bytes[this.#at] !== BREAK) {
      const next = this.#bytes[this.#at];
      // Parts of a string are strings of its type, and have a length.
      if (major <= TEXT && (next === undefined || next >> 5 !== major || (next & 31) === INDEFINITE))
        return false;
      if (!this.item(depth + 1)) return false;
      count++;
    }
    this.#at++;
    return major !== MAP || count % 2 === 0;
  }
}

/**
 * isWellFormed says whether bytes are one data item of CBOR that is not nested too deep. What decodes it takes memory for as many items as an array
 * says that it has, before it has seen any of them.
 */
export function isWellFormed(bytes: Buffer): boolean {
  const scanner = new Scanner(bytes);
  return scanner.item(0) && scanner.isAtEnd;
}
