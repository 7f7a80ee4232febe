const UPPER_A = 65;
const UPPER_Z = 90;
const TO_LOWER = 32;

/**
 * Literal is a text that others are searched for in linear time, whatever both are (Knuth, Morris and Pratt). `includes` takes the product of
 * their lengths at worst, such as for one b among many a in a text of a.
 */
export class Literal {
  /** Letters of ASCII are the same in both cases. */
  readonly #folds: boolean;
  readonly #codes: Uint16Array;
  /** After so many matching characters, so many of them are also the start of the text. */
  readonly #borders: Uint16Array;

  /** `text` is not empty. */
  constructor(text: string, folds: boolean) {
    this.#folds = folds;
    this.#codes = Uint16Array.from({ length: text.length }, (_, at) => this.#fold(text.charCodeAt(at)));
    this.#borders = new Uint16Array(text.length + 1);
    for (let at = 1, matching = 0; at < text.length; at++) {
      matching = this.#advance(matching, this.#codes[at] as number);
      this.#borders[at + 1] = matching;
    }
  }

  /** Where it begins in a text for the first time, at a place or after it; -1: nowhere. */
  indexIn(text: string, from = 0): number {
    const { length } = this.#codes;
    let matching = 0;
    for (let at = from; at < text.length; at++) {
      matching = this.#advance(matching, this.#fold(text.charCodeAt(at)));
      if (matching === length) return at + 1 - length;
    }
    return -1;
  }

  isIn(text: string): boolean {
    return this.indexIn(text) >= 0;
  }

  /** Whether a text is the same. */
  is(text: string): boolean {
    return text.length === this.#codes.length && this.indexIn(text) === 0;
  }

  get length(): number {
    return this.#codes.length;
  }

  #fold(code: number): number {
    return this.#folds && code >= UPPER_A && code <= UPPER_Z ? code + TO_LOWER : code;
  }

  /** How many characters match after one more. */
  #advance(matching: number, code: number): number {
    let length = matching;
    while (length > 0 && this.#codes[length] !== code) length = this.#borders[length] as number;
    return this.#codes[length] === code ? length + 1 : 0;
  }
}
