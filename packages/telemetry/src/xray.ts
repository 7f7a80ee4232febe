import { randomFillSync } from "node:crypto";

/** TraceHeader is a parsed X-Amzn-Trace-Id (AWS X-Ray: "Tracing header"). */
export interface TraceHeader {
  /** "1-{8 hex of epoch seconds}-{24 hex}". */
  readonly root: string;
  /** 16 hex digits; undefined when the header has no parent. */
  readonly parent: string | undefined;
  /** undefined: the header leaves the decision to the gateway. */
  readonly sampled: boolean | undefined;
}

const pool = Buffer.alloc(4096);
let used = pool.length;

/** randomHex returns random hex digits, two per byte, from a pool that one system call fills for hundreds of ids. */
export function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString("hex", used - bytes, used);
}

/** What completes the last group of base64, by how many bytes are in it. */
const PADDING = ["", "==", "="];

/** randomBase64 does the same in the URL-safe alphabet of base64, padded, as AWS writes its ids. */
export function randomBase64(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  used += bytes;
  return pool.toString("base64url", used - bytes, used) + PADDING[bytes % 3];
}

let epochHex = "";
let epochHexOfSecond = -1;

/** newTraceRoot is a new X-Ray trace id. */
export function newTraceRoot(nowUnixMs: number): string {
  const second = Math.floor(nowUnixMs / 1000);
  if (second !== epochHexOfSecond) {
    epochHexOfSecond = second;
    epochHex = second.toString(16).padStart(8, "0");
  }
  return `1-${epochHex}-${randomHex(12)}`;
}

const ROOT = /^1-[0-9a-f]{8}-[0-9a-f]{24}$/;
const PARENT = /^[0-9a-f]{16}$/;

/** parseTraceHeader reads X-Amzn-Trace-Id; undefined when there is no valid Root in it. */
export function parseTraceHeader(header: string): TraceHeader | undefined {
  let root: string | undefined;
  let parent: string | undefined;
  let sampled: boolean | undefined;
  for (const part of header.split(";")) {
    const [key, value = ""] = part.trim().split("=");
    if (key === "Root" && ROOT.test(value)) root = value;
    else if (key === "Parent" && PARENT.test(value)) parent = value;
    else if (key === "Sampled" && (value === "0" || value === "1")) sampled = value === "1";
  }
  return root ? { root, parent, sampled } : undefined;
}

/** parseTraceparent reads a W3C traceparent as if it had been an X-Ray header. */
export function parseTraceparent(header: string): TraceHeader | undefined {
  const [, trace, parent, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(header) ?? [];
  if (!trace || !parent || !flags) return undefined;
  return { root: rootOfTraceId(trace), parent, sampled: (Number.parseInt(flags, 16) & 1) === 1 };
}

/** The same 128 bits, written as OpenTelemetry and as X-Ray do. */
export const traceIdOfRoot = (root: string): string => root.slice(2, 10) + root.slice(11);
export const rootOfTraceId = (traceId: string): string => `1-${traceId.slice(0, 8)}-${traceId.slice(8)}`;

export function formatTraceHeader(root: string, parent: string, sampled: boolean): string {
  return `Root=${root};Parent=${parent};Sampled=${sampled ? "1" : "0"}`;
}
