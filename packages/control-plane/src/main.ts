import { createLogger, runProcess } from "@tollgate/telemetry";
import { rootKeyText } from "./identity/root-key.ts";
import { startControlPlane } from "./server.ts";
import { readSettings } from "./settings.ts";

await runProcess(async () => {
  const settings = readSettings(process.env);
  const controlPlane = await startControlPlane(settings, createLogger("control-plane", settings.logLevel));
  if (controlPlane.rootKey) process.stdout.write(rootKeyText(controlPlane.rootKey));
  return controlPlane;
});
