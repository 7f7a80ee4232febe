import { z } from "zod";

/** Where and how the calls of a stage are logged. */
export const accessLogSettings = z.strictObject({
  destinationArn: z.string().min(1).optional(),
  format: z.string().min(1).max(3072).optional(),
});
