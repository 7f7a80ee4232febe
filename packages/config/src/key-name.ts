import { digestOf } from "./canonical.ts";

/** apiKeyName is the name that a value of an API key is resolved by. */
export const apiKeyName = (accountId: string, value: string): string =>
  `apikey/${accountId}/${digestOf(value)}`;

/** accessKeyName is the name that an access key is resolved by. */
export const accessKeyName = (accessKeyId: string): string => `accesskey/${accessKeyId}`;
