import type { AwsCredentials } from "./credentials.ts";

/** parseCredentialsFile reads the profiles of a shared credentials file (AWS SDKs and Tools Reference Guide: shared credentials file). */
export function parseCredentialsFile(text: string): ReadonlyMap<string, AwsCredentials> {
  const profiles = new Map<string, Map<string, string>>();
  let values: Map<string, string> | undefined;
  for (const raw of text.split(/\r?\n/)) {
    const line = raw.trim();
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const profile = /^\[\s*(.+?)\s*\]$/.exec(line)?.[1];
    if (profile !== undefined) {
      values = new Map();
      profiles.set(profile, values);
      continue;
    }
    const at = line.indexOf("=");
    if (at > 0) values?.set(line.slice(0, at).trim(), line.slice(at + 1).trim());
  }
  const found = new Map<string, AwsCredentials>();
  for (const [profile, given] of profiles) {
    const [accessKeyId, secretAccessKey] = [
      given.get("aws_access_key_id"),
      given.get("aws_secret_access_key"),
    ];
    if (accessKeyId && secretAccessKey)
      found.set(profile, { accessKeyId, secretAccessKey, sessionToken: given.get("aws_session_token") });
  }
  return found;
}
