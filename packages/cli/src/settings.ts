/** CliDefaults are the environment's values for global options. */
export interface CliDefaults {
  readonly endpoint: string;
  readonly meteringEndpoint: string;
  readonly account: string;
  readonly token: string | undefined;
  /** PEM files; without them connections are plaintext. */
  readonly tlsCert: string | undefined;
  readonly tlsKey: string | undefined;
  readonly tlsCa: string | undefined;
}

/** readDefaults reads the environment of the CLI. */
export function readDefaults(env: NodeJS.ProcessEnv): CliDefaults {
  return {
    endpoint: env.TOLLGATE_ENDPOINT || `127.0.0.1:${env.TOLLGATE_GRPC_PORT || 7070}`,
    meteringEndpoint: env.TOLLGATE_METERING_ENDPOINT || `127.0.0.1:${env.TOLLGATE_METERING_PORT || 7090}`,
    account: env.TOLLGATE_ACCOUNT || "000000000000",
    token: env.TOLLGATE_TOKEN || undefined,
    tlsCert: env.TOLLGATE_TLS_CERT || undefined,
    tlsKey: env.TOLLGATE_TLS_KEY || undefined,
    tlsCa: env.TOLLGATE_TLS_CA || undefined,
  };
}
