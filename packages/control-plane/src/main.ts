import { createLogger, runProcess } from "@tollgate/telemetry";
import { startControlPlane } from "./server.ts";
import { readSettings } from "./settings.ts";

await runProcess(async () => {
  const settings = readSettings(process.env);
  return startControlPlane(settings, createLogger("control-plane", settings.logLevel));
});
