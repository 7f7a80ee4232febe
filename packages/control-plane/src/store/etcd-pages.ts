import type { RangedValue, RangePage } from "./etcd-range.ts";

/** The first page has so many entries; later ones as many as come to a few megabytes, whether entries are small or large. */
const FIRST_PAGE = 500;
const PAGE_BYTES = 2 * 1024 * 1024;
const PAGE_MAX = 5_000;
const PAGE_MIN = 20;

/** A range that has more than so many pages is made narrower, and one that has less than such a part of a page wider. */
const PAGES_MAX = 16;
const PART_MIN = 1 / 8;

/** How many entries the page after one has. */
function sizeAfter(kvs: readonly RangedValue[]): number {
  const bytes = kvs.reduce((sum, { key, value }) => sum + key.length + value.length, 0);
  return Math.min(PAGE_MAX, Math.max(PAGE_MIN, Math.floor((PAGE_BYTES * kvs.length) / bytes)));
}

const commonLength = (a: Buffer, b: Buffer): number => {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return length;
};

/** The least key after all that begin with a prefix; undefined: there is none. */
function successorOf(prefix: Buffer): Buffer | undefined {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) return undefined;
  const successor = Buffer.from(prefix.subarray(0, length));
  successor[length - 1] = (successor[length - 1] as number) + 1;
  return successor;
}

export interface PagesOptions {
  /** Where the range begins and ends. */
  readonly key: Buffer;
  readonly range_end: Buffer;
  read(from: Buffer, to: Buffer, limit: number): Promise<RangePage>;
}

/**
 * readPages reads a range page by page. etcd counts all keys of the range that is asked for with each page of it, which takes longer than reading the page
 * where there are a million. So no more is asked for than what begins with as much of the next key as gives a few pages.
 */
export async function* readPages({
  key,
  range_end,
  read,
}: PagesOptions): AsyncGenerator<readonly RangedValue[], void, undefined> {
  let limit = FIRST_PAGE;
  /** How much of a key all keys of a range have in common. */
  let depth = key.length;
  let to = range_end;
  let next: Promise<RangePage> | undefined = read(key, to, limit);
  while (next) {
    const { kvs, more, count }: RangePage = await next;
    const [first, last] = [kvs[0], kvs.at(-1)];
    if (last) limit = sizeAfter(kvs);
    const from: Buffer = more && last ? Buffer.concat([last.key, Buffer.from([0])]) : to;
    if (first && last && count > limit * PAGES_MAX)
      depth = Math.max(depth + 1, commonLength(first.key, last.key));
    else if (count < limit * PART_MIN) depth--;
    depth = Math.min(from.length, Math.max(key.length, depth));
    const end = depth === key.length ? range_end : (successorOf(from.subarray(0, depth)) ?? range_end);
    to = end.compare(range_end) < 0 ? end : range_end;
    // etcd reads the next page while this one is used.
    next = from.compare(range_end) < 0 ? read(from, to, limit) : undefined;
    next?.catch(() => undefined);
    if (last) yield kvs;
  }
}
