import { createLogger, runProcess } from "@tollgate/telemetry";
import { startDataPlane } from "./node/data-plane.ts";
import { readSettings } from "./settings.ts";

await runProcess(async () => {
  const settings = readSettings(process.env);
  const { edge } = settings;
  if (edge) {
    const { startEdgeNode } = await import("./edge/edge-node.ts");
    return startEdgeNode({ ...settings, edge }, createLogger("edge-node", settings.logLevel));
  }
  if (settings.kafka.brokers.length === 0)
    throw new Error(
      "TOLLGATE_KAFKA is not set: a separate node sends its usage to Kafka (npm start runs everything without Kafka)",
    );
  const node = await startDataPlane(settings, createLogger("data-plane", settings.logLevel));
  return {
    ...(await node.serving),
    adminPort: node.adminPort,
    [Symbol.asyncDispose]: () => node[Symbol.asyncDispose](),
  };
});
