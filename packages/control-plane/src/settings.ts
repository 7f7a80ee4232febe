import { join } from "node:path";
import { readUpstreamSettings, type UpstreamSettings } from "@tollgate/transport";
import { readSealingKeys } from "./secret/sealer.ts";
import { parseSettings, readAccess, setting } from "@tollgate/telemetry";

export interface ControlPlaneSettings {
  readonly home: string;
  readonly host: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Empty: the embedded store. */
  readonly etcd: readonly string[];
  readonly token: string | undefined;
  /** Callers of the AWS-compatible API sign their calls. */
  readonly isSigned: boolean;
  /** TOLLGATE_SECRETS_KEY: keys that seal secrets in the store; the first one seals, all open. */
  readonly secretsKeys: readonly Buffer[];
  readonly logLevel: string;
  readonly upstreams: UpstreamSettings;
}

/** readSettings reads the control plane's settings from an environment and tells everything that is wrong with them. */
export function readSettings(env: NodeJS.ProcessEnv): ControlPlaneSettings {
  return parseSettings(env, (read) => {
    const home = read("TOLLGATE_HOME", setting.text(".tollgate"));
    const host = read("TOLLGATE_BIND", setting.text("127.0.0.1"));
    const { token, problems } = readAccess(read, host);
    const upstreams = readUpstreamSettings(env, read);
    const keys = readSealingKeys(read("TOLLGATE_SECRETS_KEY", setting.list()));
    const keyProblems = typeof keys === "string" ? [{ name: "TOLLGATE_SECRETS_KEY", message: keys }] : [];
    return {
      value: {
        home,
        host,
        grpcPort: read("TOLLGATE_GRPC_PORT", setting.port(7070)),
        httpPort: read("TOLLGATE_CONTROL_PORT", setting.port(7080)),
        etcd: read("TOLLGATE_ETCD", setting.list()),
        token,
        isSigned: token !== undefined,
        secretsKeys: typeof keys === "string" ? [] : keys,
        logLevel: read("TOLLGATE_LOG_LEVEL", setting.text("info")),
        upstreams: upstreams.settings,
      },
      problems: [...problems, ...keyProblems, ...upstreams.problems],
    };
  });
}

export const storeFile = (home: string): string => join(home, "control-plane", "config.db");
