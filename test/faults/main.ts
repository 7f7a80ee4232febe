import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { seeded } from "../kit/seeded.ts";
import { faults, runFaults, startWorld } from "./scenarios.ts";
import { Servers, stopServers } from "./servers.ts";
import { webSocketFaults } from "./websocket.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
    "outage-ms": { type: "string", default: "30000" },
    history: { type: "string" },
    rounds: { type: "string", default: "1" },
    "edit-rounds": { type: "string", default: "6" },
    connections: { type: "string", default: "5000" },
  },
});
const [name] = positionals;
const known = ["usage", ...Object.keys(faults), "servers", "websocket"];
if (!name || !known.includes(name)) {
  console.error(
    `npm run faults -- NAME [--seed N] [--outage-ms N] [--edit-rounds N] [--history FILE] [--rounds N] [--connections N] [--json]\nNAME: ${known.join(", ")} (usage runs all faults of traffic in one; servers stops each server in each way, websocket ends processes of three nodes with connections open)\nNeeds and fetches: etcd (Go), Kafka (Java, Maven), PostgreSQL, Redis (Debian).`,
  );
  process.exit(2);
}
await using world = await startWorld(name === "websocket" ? 3 : 2);
const random = seeded(Number(values.seed));

async function run() {
  if (name === "servers") {
    const { cluster, etcd, kafka, postgres, redis } = world;
    const servers = new Servers({ cluster, servers: { etcd, kafka, postgres, redis } });
    return stopServers(servers, { random, rounds: Number(values.rounds) });
  }
  if (name === "websocket")
    return webSocketFaults(world.cluster, {
      random,
      connections: Number(values.connections),
      restarts: true,
    });
  return runFaults(world, name === "usage" ? Object.keys(faults) : [name as string], {
    random,
    outageMs: Number(values["outage-ms"]),
    editRounds: Number(values["edit-rounds"]),
    onHistory: (history) => {
      if (values.history !== undefined) writeFileSync(values.history, JSON.stringify(history));
    },
  });
}

const { details, ...figures } = { lost: 0, doubled: 0, configWrong: 0, limitsWrong: 0, ...(await run()) };
for (const detail of details) console.error(detail);
console.log(
  values.json ? JSON.stringify({ scenario: name, seed: Number(values.seed), ...figures }) : figures,
);
const { lost, doubled, failed, configWrong, limitsWrong } = figures;
process.exitCode = lost + doubled + failed + configWrong + limitsWrong === 0 ? 0 : 1;
