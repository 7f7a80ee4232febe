import { digestOf } from "./canonical.ts";

/** apiKeyName is the name by which nodes look up the value of an API key. */
export const apiKeyName = (accountId: string, value: string): string =>
  `apikey/${accountId}/${digestOf(value)}`;

/** accessKeyName is the name by which nodes look up an access key. */
export const accessKeyName = (accessKeyId: string): string => `accesskey/${accessKeyId}`;
