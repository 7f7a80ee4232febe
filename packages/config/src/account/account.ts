import { z } from "zod";
import { throttleSettings } from "../usage-plan/throttle.ts";
import { quotas } from "./quotas.ts";

/** Account-wide settings, as GetAccount returns them, and what its operator allows it. */
export const accountSpec = z.strictObject({
  cloudwatchRoleArn: z.string().optional(),
  /** Of all calls of the account together; absent: no limit. */
  throttleSettings: throttleSettings.optional(),
  /** Of all calls of AWS's control APIs by the account's users; absent: no limit. */
  controlThrottle: throttleSettings.optional(),
  /** How much the account may have. */
  quotas: quotas.optional(),
  /** The account's users see its config by AWS's control APIs, and change nothing. */
  readOnly: z.boolean().default(false),
});
