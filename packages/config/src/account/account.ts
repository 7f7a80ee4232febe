import { z } from "zod";

/** Account-wide settings, as GetAccount returns them. */
export const accountSpec = z.strictObject({
  cloudwatchRoleArn: z.string().optional(),
});
