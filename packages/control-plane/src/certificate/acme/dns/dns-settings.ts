import { isIP } from "node:net";
import { type Read, readSecret, type Secret, type SettingsProblem, setting } from "@tollgate/telemetry";

/** TsigKey is a key that a name server and its clients share (RFC 8945). */
export interface TsigKey {
  readonly algorithm: "hmac-sha256" | "hmac-sha512";
  readonly name: string;
  readonly secret: Buffer;
}

/** DnsSettings are where names are proved by DNS: a zone that takes dynamic updates (RFC 2136). */
export interface DnsSettings {
  readonly host: string;
  readonly port: number;
  /** Its apex, without a dot at the end. */
  readonly zone: string;
  /** How long the other servers of the zone may take to have an update. */
  readonly delayMs: number;
  /** A TSIG key, as `parseTsigKey` reads it. */
  readonly key: Secret;
  /** Name servers that are asked for the records of users; empty: those of the system. */
  readonly resolvers: readonly string[];
}

const DNS_PORT = 53;
const DELAY_MAX_SECONDS = 600;
const FORM = "rfc2136://ns1.example.com:53?zone=acme.example.com";
const KEY_FORM =
  "it must be hmac-sha256:{name}:{secret in base64} or the same of hmac-sha512, as knsupdate -y and nsupdate -y have it";
const ZONE = /^(?=.{1,200}$)([a-z0-9_]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9]([a-z0-9-]*[a-z0-9])?$/;
const KEY = /^(hmac-sha256|hmac-sha512):([A-Za-z0-9._-]{1,200}):([A-Za-z0-9+/]+={0,2})$/;

/** parseTsigKey reads a key as tools of DNS write it; undefined: it cannot be read. */
export function parseTsigKey(text: string): TsigKey | undefined {
  const [, algorithm, name = "", secret = ""] = KEY.exec(text.trim()) ?? [];
  if (algorithm === undefined) return undefined;
  return {
    algorithm: algorithm as TsigKey["algorithm"],
    name: name.toLowerCase().replace(/\.$/, ""),
    secret: Buffer.from(secret, "base64"),
  };
}

/** The address of a setting, or what is wrong with it. */
function parseServer(text: string): Omit<DnsSettings, "key" | "resolvers"> | string {
  const wrong = (what: string) => `'${text}' ${what}: it must be such as ${FORM}`;
  if (!/^rfc2136:\/\/[^/?#]+\/?\?/.test(text) || !URL.canParse(text))
    return wrong("is not the address of a name server with a zone");
  const { hostname, port, searchParams } = new URL(text);
  const unknown = [...searchParams.keys()].find((name) => name !== "zone" && name !== "delay");
  if (unknown !== undefined) return wrong(`has the parameter '${unknown}', which is not known`);
  const zone = (searchParams.get("zone") ?? "").toLowerCase().replace(/\.$/, "");
  if (!ZONE.test(zone)) return wrong(`names the zone '${zone}', which is not a domain`);
  const delay = searchParams.get("delay") ?? "0";
  if (!/^\d{1,3}$/.test(delay) || Number(delay) > DELAY_MAX_SECONDS)
    return wrong(`has the delay '${delay}', which is not a number of seconds from 0 to ${DELAY_MAX_SECONDS}`);
  return {
    host: hostname.replace(/^\[|\]$/g, ""),
    port: port === "" ? DNS_PORT : Number(port),
    zone,
    delayMs: Number(delay) * 1_000,
  };
}

const isResolver = (text: string): boolean =>
  isIP(text) !== 0 || /^(\d+(\.\d+){3}|\[[0-9a-fA-F:]+\]):\d{1,5}$/.test(text);

/** readDns reads TOLLGATE_ACME_DNS, with _KEY and _RESOLVERS. `settings` undefined: no zone is set. */
export function readDns(read: Read): {
  readonly settings: DnsSettings | undefined;
  readonly problems: readonly SettingsProblem[];
} {
  const server = read("TOLLGATE_ACME_DNS", setting.optionalText());
  const { secret: key, problems: keyProblems } = readSecret(read, "TOLLGATE_ACME_DNS_KEY", (text) =>
    parseTsigKey(text) ? undefined : KEY_FORM,
  );
  const resolvers = read("TOLLGATE_ACME_DNS_RESOLVERS", setting.list());
  const problems = [...keyProblems];
  const report = (name: string, message: string) => problems.push({ name, message });
  const wrong = resolvers.find((resolver) => !isResolver(resolver));
  if (wrong !== undefined)
    report(
      "TOLLGATE_ACME_DNS_RESOLVERS",
      `'${wrong}' must be an address, such as 9.9.9.9, 127.0.0.1:5353 or [::1]:53`,
    );
  if (server === undefined) {
    const others = { _KEY: key !== undefined, _RESOLVERS: resolvers.length > 0 };
    for (const [name, isSet] of Object.entries(others))
      if (isSet)
        report(
          `TOLLGATE_ACME_DNS${name}`,
          "is set without TOLLGATE_ACME_DNS, the name server that it is for",
        );
    return { settings: undefined, problems };
  }
  const parsed = parseServer(server);
  if (typeof parsed === "string") report("TOLLGATE_ACME_DNS", parsed);
  if (key === undefined && keyProblems.length === 0)
    report(
      "TOLLGATE_ACME_DNS_KEY",
      `is not set, nor TOLLGATE_ACME_DNS_KEY_FILE: the name server takes no updates without it; ${KEY_FORM}`,
    );
  if (typeof parsed === "string" || key === undefined) return { settings: undefined, problems };
  return { settings: { ...parsed, key, resolvers }, problems };
}
