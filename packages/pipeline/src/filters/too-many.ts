import { deny } from "../call/errors.ts";
import type { Reply } from "../call/reply.ts";

/** Waits up to so many seconds have a shared reply each. */
const SHARED_SECONDS = 60;

const laterBy = (reply: Reply, seconds: number): Reply => ({
  ...reply,
  headers: [...reply.headers, "Retry-After", String(seconds)],
});
const secondsOf = (ms: number): number => Math.max(1, Math.ceil(ms / 1000));

const THROTTLED = deny("THROTTLED");
const throttledBySeconds = Array.from({ length: SHARED_SECONDS + 1 }, (_, seconds) =>
  laterBy(THROTTLED, seconds),
);

/** throttled refuses a call that there is no token for; it says when there may be one. AWS's own replies do not have Retry-After. */
export function throttled(waitMs: number): Reply {
  const seconds = secondsOf(waitMs);
  return throttledBySeconds[seconds] ?? laterBy(THROTTLED, seconds);
}

/** exceeded refuses a call beyond a quota until its period ends. */
export const exceeded = (waitMs: number): Reply => laterBy(deny("QUOTA_EXCEEDED"), secondsOf(waitMs));
