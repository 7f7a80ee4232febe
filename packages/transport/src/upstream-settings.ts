import type { AwsCredentials } from "@tollgate/iam";
import { type Setting, type SettingsProblem, setting } from "@tollgate/telemetry";
import { type EgressSettings, parseRules } from "./egress/policy.ts";

/** UpstreamSettings tells a process that calls integrations where AWS services are and which credentials to use. The names are those of the AWS SDKs. */
export interface UpstreamSettings {
  /** TOLLGATE_REGION: the region in the ARNs of methods. */
  readonly region: string;
  /** AWS_ENDPOINT_URL_{SERVICE} by service, AWS_ENDPOINT_URL as "*": base URLs used where the account has no ServiceEndpoint. */
  readonly serviceEndpoints: Readonly<Record<string, string>>;
  /** AWS_ACCESS_KEY_ID and its companions: the default credentials. */
  readonly credentials: AwsCredentials | undefined;
  /** AWS_SHARED_CREDENTIALS_FILE: profiles that ServiceEndpoints name; "default" if no key is set. */
  readonly credentialsFile: string | undefined;
  /** TOLLGATE_EGRESS: where integrations may go. */
  readonly egress: EgressSettings;
  /** TOLLGATE_CLIENT_CERTIFICATES: folder with {id}/tls.crt and {id}/tls.key of each ClientCertificate. */
  readonly clientCertificates: string | undefined;
  /** TOLLGATE_UPSTREAM_CONNECTIONS: most connections of a process to one upstream. */
  readonly connections: number;
  /** TOLLGATE_HTTP_CLIENT: what speaks HTTP/1.1 without TLS to upstreams. */
  readonly httpClient: (typeof HTTP_CLIENTS)[number];
  /** TOLLGATE_UPSTREAM_HTTP2: whether HTTP/2 is offered to upstreams with TLS. */
  readonly offersHttp2: boolean;
}

export const HTTP_CLIENTS = ["own", "undici"] as const;

const AWS_ENDPOINT = "AWS_ENDPOINT_URL";

function serviceEndpointsOf(env: NodeJS.ProcessEnv): {
  endpoints: Record<string, string>;
  problems: SettingsProblem[];
} {
  const endpoints: Record<string, string> = {};
  const problems: SettingsProblem[] = [];
  for (const [name, value] of Object.entries(env)) {
    if (!value || !name.startsWith(AWS_ENDPOINT)) continue;
    const service =
      name
        .slice(AWS_ENDPOINT.length + 1)
        .toLowerCase()
        .replaceAll("_", "-") || "*";
    endpoints[service] = value;
    if (!URL.canParse(value)) problems.push({ name, message: `'${value}' must be a URL` });
  }
  return { endpoints, problems };
}

/** Where the product itself listens: integrations may not go there. A port that is selected at the start is not known. */
function readOwn(read: <T>(name: string, kind: Setting<T>) => T): Omit<EgressSettings, "rules"> {
  const parts = [
    ...read("TOLLGATE_CONTROL_PLANE", setting.list()),
    read("TOLLGATE_METERING", setting.text("127.0.0.1:7090")),
  ].map((address) => /^\[?(.*?)\]?:(\d+)$/.exec(address));
  const ports = [
    read("TOLLGATE_ADMIN_PORT", setting.port(9101)),
    read("TOLLGATE_GRPC_PORT", setting.port(7070)),
    read("TOLLGATE_CONTROL_PORT", setting.port(7080)),
    read("TOLLGATE_METERING_PORT", setting.port(7090)),
    read("TOLLGATE_PEER_PORT", setting.port(0)),
    read("TOLLGATE_EDGE_PORT", setting.port(0)),
    // Integrations are in no private network: what they reach there would be let in as if they were.
    read("TOLLGATE_PRIVATE_HTTP_PORT", setting.port(0)),
    read("TOLLGATE_PRIVATE_HTTPS_PORT", setting.port(0)),
    ...parts.map((part) => Number(part?.[2] ?? 0)),
  ];
  return {
    ownPorts: [...new Set(ports)].filter((port) => port !== 0),
    ownHosts: [...new Set(parts.flatMap((part) => part?.[1] || []))].filter((host) => host !== "127.0.0.1"),
  };
}

/** readUpstreamSettings reads these settings, the same way for every process that calls integrations. */
export function readUpstreamSettings(
  env: NodeJS.ProcessEnv,
  read: <T>(name: string, kind: Setting<T>) => T,
): { settings: UpstreamSettings; problems: readonly SettingsProblem[] } {
  const { endpoints, problems } = serviceEndpointsOf(env);
  const accessKeyId = read("AWS_ACCESS_KEY_ID", setting.optionalText());
  const secretAccessKey = read("AWS_SECRET_ACCESS_KEY", setting.optionalText());
  const sessionToken = read("AWS_SESSION_TOKEN", setting.optionalText());
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined))
    problems.push({
      name: accessKeyId === undefined ? "AWS_ACCESS_KEY_ID" : "AWS_SECRET_ACCESS_KEY",
      message: "is not set: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY must be set together",
    });
  const rules = read("TOLLGATE_EGRESS", setting.text(""));
  const parsed = parseRules(rules);
  if ("problem" in parsed) problems.push({ name: "TOLLGATE_EGRESS", message: parsed.problem });
  return {
    settings: {
      egress: { rules, ...readOwn(read) },
      region: read("TOLLGATE_REGION", setting.text("us-east-1")),
      serviceEndpoints: endpoints,
      credentials:
        accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken } : undefined,
      credentialsFile: read("AWS_SHARED_CREDENTIALS_FILE", setting.optionalText()),
      connections: read("TOLLGATE_UPSTREAM_CONNECTIONS", setting.integer(1_024, 1, 65_536)),
      httpClient: read("TOLLGATE_HTTP_CLIENT", setting.oneOf(HTTP_CLIENTS, "own")),
      offersHttp2: read("TOLLGATE_UPSTREAM_HTTP2", setting.oneOf(["off", "offer"], "off")) === "offer",
      clientCertificates: read("TOLLGATE_CLIENT_CERTIFICATES", setting.optionalText()),
    },
    problems,
  };
}
