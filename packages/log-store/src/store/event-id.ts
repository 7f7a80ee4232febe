/** EventPlace is where an event is in a group: by its time, then its stream, then its sequence number. */
export interface EventPlace {
  readonly unixMs: number;
  /** Number of the stream. */
  readonly stream: number;
  readonly seq: number;
}

const TIME_SHIFT = 144n;
const STREAM_SHIFT = 64n;
const DIGITS = 56;
const LOW = (1n << STREAM_SHIFT) - 1n;
const MIDDLE = (1n << (TIME_SHIFT - STREAM_SHIFT)) - 1n;

/** eventId is a place as 56 decimal digits that sort like places, as the ids of CloudWatch's events do. */
export const eventId = ({ unixMs, stream, seq }: EventPlace): string =>
  ((BigInt(unixMs) << TIME_SHIFT) | (BigInt(stream) << STREAM_SHIFT) | BigInt(seq))
    .toString()
    .padStart(DIGITS, "0");

/** placeOf is the inverse of eventId; undefined: the text is not an id. */
export function placeOf(id: string): EventPlace | undefined {
  if (!/^\d{56}$/.test(id)) return undefined;
  const value = BigInt(id);
  const place = {
    unixMs: Number(value >> TIME_SHIFT),
    stream: Number((value >> STREAM_SHIFT) & MIDDLE),
    seq: Number(value & LOW),
  };
  return Object.values(place).every(Number.isSafeInteger) ? place : undefined;
}

/** comparePlaces is negative where the first is before the second. */
export const comparePlaces = (a: EventPlace, b: EventPlace): number =>
  a.unixMs - b.unixMs || a.stream - b.stream || a.seq - b.seq;

/** lastPlaceBefore is after all events before a time, and before those at it. */
export const lastPlaceBefore = (unixMs: number): EventPlace => ({
  unixMs: unixMs - 1,
  stream: 0xffff_ffff,
  seq: Number.MAX_SAFE_INTEGER,
});
