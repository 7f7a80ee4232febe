import { z } from "zod";
import { throttleSettings } from "../usage-plan/throttle.ts";

/** Account-wide settings, as GetAccount returns them. */
export const accountSpec = z.strictObject({
  cloudwatchRoleArn: z.string().optional(),
  /** Of all calls of the account together; absent: no limit. */
  throttleSettings: throttleSettings.optional(),
});
