import { join } from "node:path";
import { parseSettings, setting } from "@tollgate/telemetry";

export interface MeteringSettings {
  readonly home: string;
  readonly host: string;
  readonly port: number;
  /** Empty: batches are handed over in the process. */
  readonly kafka: readonly string[];
  /** undefined: the embedded database. */
  readonly databaseUrl: string | undefined;
  readonly token: string | undefined;
  readonly logLevel: string;
}

/** readSettings reads metering's settings from an environment and tells everything that is wrong with them. */
export function readSettings(env: NodeJS.ProcessEnv): MeteringSettings {
  return parseSettings(env, (read) => ({
    value: {
      home: read("TOLLGATE_HOME", setting.text(".tollgate")),
      host: read("TOLLGATE_BIND", setting.text("127.0.0.1")),
      port: read("TOLLGATE_METERING_PORT", setting.port(7090)),
      kafka: read("TOLLGATE_KAFKA", setting.list()),
      databaseUrl: read("TOLLGATE_DATABASE_URL", setting.url()),
      token: read("TOLLGATE_TOKEN", setting.optionalText()),
      logLevel: read("TOLLGATE_LOG_LEVEL", setting.text("info")),
    },
    problems: [],
  }));
}

export const databaseFile = (home: string): string => join(home, "metering", "usage.db");
