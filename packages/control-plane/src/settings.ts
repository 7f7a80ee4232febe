import { join } from "node:path";
import { parseSettings, setting, type SettingsProblem } from "@tollgate/telemetry";

export interface ControlPlaneSettings {
  readonly home: string;
  readonly host: string;
  readonly grpcPort: number;
  readonly httpPort: number;
  /** Empty: the embedded store. */
  readonly etcd: readonly string[];
  readonly token: string | undefined;
  readonly logLevel: string;
}

/** readSettings reads the control plane's settings from an environment and tells everything that is wrong with them. */
export function readSettings(env: NodeJS.ProcessEnv): ControlPlaneSettings {
  return parseSettings(env, (read) => {
    const home = read("TOLLGATE_HOME", setting.text(".tollgate"));
    const host = read("TOLLGATE_BIND", setting.text("127.0.0.1"));
    const token = read("TOLLGATE_TOKEN", setting.optionalText());
    const auth = read("TOLLGATE_AUTH", setting.oneOf(["iam", "none"], "iam"));
    return {
      value: {
        home,
        host,
        grpcPort: read("TOLLGATE_GRPC_PORT", setting.port(7070)),
        httpPort: read("TOLLGATE_CONTROL_PORT", setting.port(7080)),
        etcd: read("TOLLGATE_ETCD", setting.list()),
        token: auth === "none" ? undefined : token,
        logLevel: read("TOLLGATE_LOG_LEVEL", setting.text("info")),
      },
      problems: authProblems(auth, host, token),
    };
  });
}

function authProblems(auth: string, host: string, token: string | undefined): SettingsProblem[] {
  const loopback = /^(127\.|localhost$|::1$)/.test(host);
  if (auth === "none" && !loopback)
    return [
      {
        name: "TOLLGATE_AUTH",
        message: `is none, which is allowed only on loopback, but TOLLGATE_BIND is ${host}`,
      },
    ];
  if (auth === "iam" && !token)
    return [
      {
        name: "TOLLGATE_TOKEN",
        message:
          "is not set: with TOLLGATE_AUTH=iam operators and nodes show this bearer token (or set TOLLGATE_AUTH=none on loopback)",
      },
    ];
  return [];
}

export const storeFile = (home: string): string => join(home, "control-plane", "config.db");
