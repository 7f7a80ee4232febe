/** CliDefaults are the environment's values for global options. */
export interface CliDefaults {
  readonly endpoint: string;
  readonly meteringEndpoint: string;
  readonly account: string;
  readonly token: string | undefined;
  /** File with the token; used if there is no token. */
  readonly tokenFile: string | undefined;
  /** PEM files; without them connections are plaintext. */
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsCa: string | undefined;
  /** Address of a node, as clients of APIs call it. */
  readonly gateway: string;
  readonly aws: AwsIdentity;
}

/** AwsIdentity is who signs, by AWS's own settings. */
export interface AwsIdentity {
  readonly accessKeyId: string | undefined;
  readonly secretAccessKey: string | undefined;
  readonly sessionToken: string | undefined;
  readonly region: string;
}

/** readDefaults reads the environment of the CLI. */
export function readDefaults(env: NodeJS.ProcessEnv): CliDefaults {
  return {
    endpoint: env.TOLLGATE_ENDPOINT || `127.0.0.1:${env.TOLLGATE_GRPC_PORT || 7070}`,
    meteringEndpoint: env.TOLLGATE_METERING_ENDPOINT || `127.0.0.1:${env.TOLLGATE_METERING_PORT || 7090}`,
    account: env.TOLLGATE_ACCOUNT || "000000000000",
    token: env.TOLLGATE_TOKEN || undefined,
    tokenFile: env.TOLLGATE_TOKEN_FILE || undefined,
    tlsCert: env.TOLLGATE_TLS_CERT || undefined,
    tlsKey: env.TOLLGATE_TLS_KEY || undefined,
    tlsCa: env.TOLLGATE_TLS_CA || undefined,
    gateway: env.TOLLGATE_GATEWAY || `http://127.0.0.1:${env.TOLLGATE_HTTP_PORT || 8080}`,
    aws: {
      accessKeyId: env.AWS_ACCESS_KEY_ID || undefined,
      secretAccessKey: env.AWS_SECRET_ACCESS_KEY || undefined,
      sessionToken: env.AWS_SESSION_TOKEN || undefined,
      region: env.AWS_REGION || env.AWS_DEFAULT_REGION || "us-east-1",
    },
  };
}
