import type { AwsCredentials } from "@tollgate/iam";
import { type Setting, type SettingsProblem, setting } from "@tollgate/telemetry";

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
  /** TOLLGATE_CLIENT_CERTIFICATES: folder with {id}/tls.crt and {id}/tls.key of each ClientCertificate. */
  readonly clientCertificates: string | undefined;
  /** TOLLGATE_UPSTREAM_CONNECTIONS: most connections of a process to one upstream. */
  readonly connections: number;
}

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
  return {
    settings: {
      region: read("TOLLGATE_REGION", setting.text("us-east-1")),
      serviceEndpoints: endpoints,
      credentials:
        accessKeyId && secretAccessKey ? { accessKeyId, secretAccessKey, sessionToken } : undefined,
      credentialsFile: read("AWS_SHARED_CREDENTIALS_FILE", setting.optionalText()),
      connections: read("TOLLGATE_UPSTREAM_CONNECTIONS", setting.integer(1_024, 1, 65_536)),
      clientCertificates: read("TOLLGATE_CLIENT_CERTIFICATES", setting.optionalText()),
    },
    problems,
  };
}
