import { z } from "zod";
import { defineKind } from "../define-kind.ts";
import { QUOTA_TIMEOUT_MAX_MS, TIMEOUT_MAX_MS } from "../rest-api/integration.ts";
import { throttleSettings } from "../usage-plan/throttle.ts";

const ID = "account";

const most = z.int().min(0).optional();
/** AWS: maximum integration timeout in milliseconds, of REGIONAL and PRIVATE REST APIs. */
const integrationTimeoutInMillis = z.int().min(TIMEOUT_MAX_MS).max(QUOTA_TIMEOUT_MAX_MS).optional();

const specOf = (quotaNames: readonly string[]) =>
  z.strictObject({
    cloudwatchRoleArn: z.string().optional(),
    /** Limit of all calls of the account together; absent: no limit. */
    throttleSettings: throttleSettings.optional(),
    /** Limit of all calls to AWS's control APIs by the account's users; absent: no limit. */
    controlThrottle: throttleSettings.optional(),
    /**
     * How many entities of a kind the account, or one of its APIs, may have (absent: no limit), and how long integrations may take (absent:
     * AWS's 29 s).
     */
    quotas: z
      .strictObject(
        Object.fromEntries<typeof most>([
          ...quotaNames.map((name): [string, typeof most] => [name, most]),
          ["integrationTimeoutInMillis", integrationTimeoutInMillis],
        ]),
      )
      .optional(),
    /** The account's users can read its config through AWS's control APIs, but cannot change it. */
    readOnly: z.boolean().default(false),
  });

/** accountKind is the kind Account, given the names of the quotas that the other kinds count against. */
export const accountKind = (quotaNames: readonly string[]) =>
  defineKind({
    name: "Account",
    about: "Account-wide settings, as GetAccount returns them, and the limits that the operator sets.",
    spec: specOf(quotaNames),
    collection: "account",
    id: { pattern: /^account$/, help: "must be 'account', or be left out", make: () => ID, only: ID },
    quota: undefined,
    delivery: { within: "account" },
  });
