/** Kept is what a shared level has of a key. */
export interface Kept {
  readonly bytes: Uint8Array;
  /** How long it is good for from now on. */
  readonly ttlMs: number;
}

/**
 * SharedLevel is the cache that processes have in common, behind the one that each has for itself. Of all who look for a key that is not
 * there, one is to make it, and the others wait for that.
 */
export interface SharedLevel {
  /** What a key is called where others see it. */
  nameOf(key: string): string;
  /** undefined: it is not there, and whoever asked is to make it and then to call `made`, whatever becomes of it. Never rejects. */
  find(key: string, waitMs: number): Promise<Kept | undefined>;
  /** made keeps what was made; undefined: nothing is to be kept, and whoever waits makes it for itself. */
  made(key: string, bytes: Uint8Array | undefined, ttlMs: number): void;
  /** remove forgets an entry for all. */
  remove(key: string): void;
}

/** Codec writes values for a shared level, and reads them. */
export interface Codec<T> {
  write(value: T): Uint8Array;
  /** undefined: it is not what this version writes. */
  read(bytes: Uint8Array): T | undefined;
}
