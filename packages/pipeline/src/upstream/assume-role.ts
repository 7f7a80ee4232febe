import type { ServiceEndpointConfig } from "@tollgate/config";
import { type AwsCredentials, signRequest } from "@tollgate/iam";
import { deny, Refused } from "../call/errors.ts";
import type { Ports } from "../engine/ports.ts";
import { ResultCache } from "../runtime/result-cache.ts";
import { fetchWhole } from "./fetch-whole.ts";

/** Asked for again this long before they expire. */
const EARLY_MS = 5 * 60_000;
const TIMEOUT_MS = 5_000;
/** Credentials take a few thousand. */
const RESPONSE_MAX_BYTES = 64 * 1024;
const REMEMBERED_MAX = 500;

interface RoleCall {
  readonly role: string;
  readonly region: string;
  /** Of the Security Token Service. */
  readonly endpoint: ServiceEndpointConfig;
  readonly own: AwsCredentials;
  readonly ports: Ports;
}

interface Session {
  readonly credentials: AwsCredentials;
  readonly expiresUnixMs: number;
}

const sessions = new ResultCache<Session>(REMEMBERED_MAX);
const cannotAssume = deny("API_CONFIGURATION_ERROR");

const element = (xml: string, name: string): string | undefined =>
  new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1]?.replaceAll("&amp;", "&");

async function ask({ role, region, endpoint, own, ports }: RoleCall): Promise<Session> {
  const base = new URL(endpoint.url);
  const body = Buffer.from(
    new URLSearchParams({
      Action: "AssumeRole",
      Version: "2011-06-15",
      RoleArn: role,
      RoleSessionName: "BackplaneAssumeRoleSession",
    }).toString(),
  );
  const path = base.pathname === "" ? "/" : base.pathname;
  const headers = ["Host", base.host, "Content-Type", "application/x-www-form-urlencoded; charset=utf-8"];
  headers.push(
    ...signRequest(
      { method: "POST", path, query: "", headers, body },
      { credentials: own, region, service: "sts", unixMs: Date.now() },
    ),
  );
  const response = await fetchWhole(
    ports.transport,
    {
      origin: base.origin,
      path,
      method: "POST",
      headers,
      body,
      timeoutMs: TIMEOUT_MS,
      tls: undefined,
      isServiceCall: true,
    },
    RESPONSE_MAX_BYTES,
  );
  const xml = typeof response === "string" ? "" : response.body.toString("utf8");
  const [accessKeyId, secretAccessKey, expiration] = [
    element(xml, "AccessKeyId"),
    element(xml, "SecretAccessKey"),
    element(xml, "Expiration"),
  ];
  if (!accessKeyId || !secretAccessKey || !expiration)
    throw new Refused(
      cannotAssume,
      `role ${role} cannot be assumed: ${element(xml, "Message") ?? "no response"}`,
    );
  return {
    credentials: { accessKeyId, secretAccessKey, sessionToken: element(xml, "SessionToken") },
    expiresUnixMs: Date.parse(expiration),
  };
}

/** assumeRole gives the credentials of a role from the Security Token Service, asked once until shortly before they expire. */
export async function assumeRole(call: RoleCall): Promise<AwsCredentials> {
  const { endpoint, region, role, own } = call;
  const key = JSON.stringify([endpoint.url, region, role, own.accessKeyId, own.secretAccessKey]);
  const keptMs = ({ expiresUnixMs }: Session) => expiresUnixMs - EARLY_MS - Date.now();
  const { credentials } = await sessions.remembered(key, keptMs, () => ask(call));
  return credentials;
}
