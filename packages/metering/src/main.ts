import { createLogger, runProcess } from "@tollgate/telemetry";
import { startMetering } from "./metering.ts";
import { readSettings } from "./settings.ts";

await runProcess(async () => {
  const settings = readSettings(process.env);
  if (settings.kafka.brokers.length === 0)
    throw new Error(
      "TOLLGATE_KAFKA is not set: a separate metering process reads usage from Kafka (npm start runs everything without Kafka)",
    );
  return startMetering(settings, createLogger("metering", settings.logLevel));
});
