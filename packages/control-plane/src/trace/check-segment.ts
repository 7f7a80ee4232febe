import { type StoredSegment, segmentIn } from "./trace.ts";

/** AWS's limits of a segment (X-Ray developer guide, "Segment documents", "Quotas"). */
const DOCUMENT_MAX_BYTES = 64 * 1024;
const NAME_MAX = 200;
/** The log store takes nothing older. */
const KEPT_MS = 14 * 86_400_000;
/** Clocks differ. */
const AHEAD_MS = 5 * 60_000;

const ID = /^[0-9a-f]{16}$/;
const TRACE_ID = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/;
const NAME = /^[\p{L}\p{N}\p{Z}_.:/%&#=+\\\-@]+$/u;

/** RejectedSegment is a document that is not stored, and why, in the words of X-Ray's API. */
export interface RejectedSegment {
  readonly Id: string;
  readonly ErrorCode: string;
  readonly Message: string;
}

function problemOf({ document }: StoredSegment, nowMs: number): string | undefined {
  const { id, trace_id, name, start_time, end_time, in_progress, parent_id } = document;
  if (!ID.test(id)) return "id is not 16 hexadecimal digits";
  if (!TRACE_ID.test(trace_id)) return "trace_id is not valid";
  if (parent_id !== undefined && !(typeof parent_id === "string" && ID.test(parent_id)))
    return "parent_id is not 16 hexadecimal digits";
  if (typeof name !== "string" || name.length > NAME_MAX || !NAME.test(name)) return "name is not valid";
  if (typeof start_time !== "number") return "start_time is not a number";
  if (end_time !== undefined && typeof end_time !== "number") return "end_time is not a number";
  if (end_time === undefined && in_progress !== true) return "end_time is missing, and it is not in_progress";
  if (start_time * 1_000 < nowMs - KEPT_MS) return "it is older than 14 days";
  return start_time * 1_000 > nowMs + AHEAD_MS ? "start_time is in the future" : undefined;
}

/** checkSegment reads a document that a client sends, or says why it is not stored. */
export function checkSegment(text: string, nowMs: number): StoredSegment | RejectedSegment {
  const rejected = (Id: string, Message: string): RejectedSegment => ({
    Id,
    ErrorCode: "InvalidSegment",
    Message,
  });
  const segment = segmentIn(text);
  if (!segment)
    return rejected(
      "",
      "the document is not a segment: id, name, trace_id or start_time is missing, or a member has another type",
    );
  const { id } = segment.document;
  if (Buffer.byteLength(text) > DOCUMENT_MAX_BYTES) return rejected(id, "the document is larger than 64 KB");
  const problem = problemOf(segment, nowMs);
  return problem === undefined ? segment : rejected(id, problem);
}
