import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { throttleSettings } from "../usage-plan/throttle.ts";

const most = z.int().min(0).optional();

/** Account-wide settings, as GetAccount returns them, and what its operator allows it. */
const specOf = (quotaNames: readonly string[]) =>
  z.strictObject({
    cloudwatchRoleArn: z.string().optional(),
    /** Of all calls of the account together; absent: no limit. */
    throttleSettings: throttleSettings.optional(),
    /** Of all calls of AWS's control APIs by the account's users; absent: no limit. */
    controlThrottle: throttleSettings.optional(),
    /** How many of a kind the account, or one of its APIs, may have. Absent: as many as it wants. */
    quotas: z
      .strictObject(Object.fromEntries(quotaNames.map((name): [string, typeof most] => [name, most])))
      .optional(),
    /** The account's users see its config by AWS's control APIs, and change nothing. */
    readOnly: z.boolean().default(false),
  });

/** accountKind is the kind Account, given the names of the quotas that the other kinds count for. */
export const accountKind = (quotaNames: readonly string[]) =>
  defineKind({
    name: "Account",
    spec: specOf(quotaNames),
    collection: "account",
    id: { pattern: /^account$/, help: "must be 'account' or left out", make: () => "account" },
    quota: undefined,
    delivery: { within: "account" },
  });
