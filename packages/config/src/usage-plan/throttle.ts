import { z } from "zod";

/** A token bucket: `burstLimit` calls at once, refilled with `rateLimit` per second (AWS: ThrottleSettings). */
export const throttleSettings = z.strictObject({
  rateLimit: z.number().min(0),
  burstLimit: z.int().min(0),
});

export type ThrottleSettings = z.output<typeof throttleSettings>;
