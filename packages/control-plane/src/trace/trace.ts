import type { SegmentDocument, SegmentPart } from "@tollgate/telemetry";

/** AWS's limit of a trace: what is behind it is left out. */
const TRACE_MAX_BYTES = 500_000;

/** StoredSegment is a segment as it was sent, read and as text. */
export interface StoredSegment {
  readonly document: SegmentDocument;
  readonly text: string;
}

/** Trace is the segments of one trace that are stored. */
export interface Trace {
  readonly id: string;
  readonly segments: readonly StoredSegment[];
  /** Segments were left out: it is too large. */
  readonly isCut: boolean;
}

const SUBSEGMENT_DEPTH_MAX = 50;
const isNumberOrAbsent = (value: unknown): boolean => value === undefined || typeof value === "number";
const isObjectOrAbsent = (value: unknown): boolean =>
  value === undefined || (typeof value === "object" && value !== null);

const isTextOrAbsent = (value: unknown): boolean => value === undefined || typeof value === "string";

/** Whether members of an object are strings where it has them. */
const hasTexts = (value: unknown, ...names: readonly string[]): boolean =>
  names.every((name) =>
    isTextOrAbsent((value as Readonly<Record<string, unknown>> | null | undefined)?.[name]),
  );

function isHttp(value: unknown): boolean {
  if (!isObjectOrAbsent(value)) return false;
  const { request, response } = (value ?? {}) as {
    request?: unknown;
    response?: { status?: unknown } | null;
  };
  return hasTexts(request, "url", "method", "user_agent", "client_ip") && isNumberOrAbsent(response?.status);
}

/** Whether what somebody sent has the members that are read here, as they are read. */
function isPart(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null || depth > SUBSEGMENT_DEPTH_MAX) return false;
  const { id, name, start_time, end_time, http, aws, annotations, subsegments } = value as Record<
    string,
    unknown
  >;
  return (
    typeof id === "string" &&
    typeof name === "string" &&
    typeof start_time === "number" &&
    isNumberOrAbsent(end_time) &&
    hasTexts(value, "namespace", "origin", "user", "resource_arn", "parent_id") &&
    isHttp(http) &&
    [aws, annotations].every(isObjectOrAbsent) &&
    isTextOrAbsent((aws as { function_name?: unknown } | undefined)?.function_name) &&
    (subsegments === undefined ||
      (Array.isArray(subsegments) && subsegments.every((one) => isPart(one, depth + 1))))
  );
}

/** segmentIn reads a document; undefined: it is no segment. */
export function segmentIn(text: string): StoredSegment | undefined {
  try {
    const document = JSON.parse(text) as SegmentDocument;
    return isPart(document, 0) && typeof document.trace_id === "string" ? { document, text } : undefined;
  } catch {
    return undefined;
  }
}

/** tracesOf groups segments by their traces. A segment that was sent again, as those in progress are, replaces the one before. */
export function tracesOf(segments: Iterable<StoredSegment>): Trace[] {
  const byTrace = new Map<string, Map<string, StoredSegment>>();
  for (const segment of segments) {
    const { trace_id, id } = segment.document;
    const known = byTrace.get(trace_id);
    if (known) known.set(id, segment);
    else byTrace.set(trace_id, new Map([[id, segment]]));
  }
  return [...byTrace].map(([id, ofTrace]) => traceOf(id, [...ofTrace.values()]));
}

function traceOf(id: string, all: readonly StoredSegment[]): Trace {
  let bytes = 0;
  const segments = all
    .toSorted((a, b) => a.document.start_time - b.document.start_time)
    .filter(({ text }) => (bytes += Buffer.byteLength(text)) <= TRACE_MAX_BYTES);
  return { id, segments, isCut: segments.length < all.length };
}

const endOf = ({ start_time, end_time }: SegmentPart): number => end_time ?? start_time;

/** spanOf is when the first segment of a trace began and the last one ended. */
export function spanOf({ segments }: Trace): { readonly start: number; readonly end: number } {
  return {
    start: Math.min(...segments.map(({ document }) => document.start_time)),
    end: Math.max(...segments.map(({ document }) => endOf(document))),
  };
}

/** durationOf is the time of a part, in seconds; undefined: it has not ended. */
export const durationOf = ({ start_time, end_time }: SegmentPart): number | undefined =>
  end_time === undefined ? undefined : Math.max(0, end_time - start_time);

/** rootOf is the segment that no other stored one called; the earliest of several. */
export function rootOf({ segments }: Trace): SegmentDocument {
  const ids = new Set(segments.flatMap(({ document }) => [...partsOf(document)].map(({ id }) => id)));
  const roots = segments.filter(
    ({ document: { parent_id } }) => parent_id === undefined || !ids.has(parent_id),
  );
  return (roots[0] ?? (segments[0] as StoredSegment)).document;
}

/** partsOf are a part and its subsegments at all depths. */
export function* partsOf<P extends SegmentPart>(part: P): Generator<P | SegmentPart> {
  yield part;
  for (const inner of part.subsegments ?? []) yield* partsOf(inner);
}

/** Round to microseconds: differences of floating point seconds have more digits than clocks. */
export const rounded = (seconds: number): number => Math.round(seconds * 1e6) / 1e6;

/** annotationsIn are the annotations of a part; values of other types are none, as on AWS. */
export const annotationsIn = ({ annotations = {} }: SegmentPart): [string, string | number | boolean][] =>
  Object.entries(annotations).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
