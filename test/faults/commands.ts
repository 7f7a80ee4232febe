import { inRandomOrder, seeded } from "../kit/seeded.ts";
import type { ConfigHistory } from "./config-history.ts";
import { failover } from "./failover.ts";
import { observability } from "./observability/observability.ts";
import { rolling, startRollingWorld } from "./rolling.ts";
import { faults, runFaults, startWorld } from "./scenarios.ts";
import { Servers, stopServers } from "./servers.ts";
import type { Pace } from "./traffic.ts";
import { webSocketFaults } from "./websocket.ts";

/** What a run is told. */
export interface CommandOptions {
  readonly seed: number;
  readonly outageMs: number;
  readonly editRounds: number;
  readonly rounds: number;
  readonly connections: number;
  /** Of mixed outcomes, whose metrics and logs are compared. */
  readonly calls: number;
  readonly pace: Pace;
  /** Of rolling restarts. */
  readonly callsPerSecond: number;
  readonly onHistory?: (history: ConfigHistory) => void;
}

/** Findings are what every run counts, besides figures of its own. All but the details are 0 if what was promised holds. */
export interface Findings {
  readonly lost: number;
  readonly doubled: number;
  readonly failed: number;
  readonly configWrong: number;
  readonly limitsWrong: number;
  readonly metricsWrong: number;
  readonly details: readonly string[];
}

type Command = (options: CommandOptions) => Promise<Partial<Findings> & Pick<Findings, "details">>;

async function underTraffic(names: readonly string[], options: CommandOptions) {
  await using world = await startWorld();
  const { seed, ...faultOptions } = options;
  return await runFaults(world, names, { ...faultOptions, random: seeded(seed) });
}

const single = Object.fromEntries(
  Object.keys(faults).map((name): [string, Command] => [name, (options) => underTraffic([name], options)]),
);

/** commands are all runs, by name. */
export const commands: Readonly<Record<string, Command>> = {
  /** All faults of traffic in one world, in an order that the seed decides. */
  usage: (options) => underTraffic(inRandomOrder(Object.keys(faults), seeded(options.seed)), options),
  ...single,
  async servers({ seed, rounds }) {
    await using world = await startWorld();
    const { cluster, etcd, kafka, postgres, redis } = world;
    const servers = new Servers({ cluster, servers: { etcd, kafka, postgres, redis } });
    return await stopServers(servers, { random: seeded(seed), rounds });
  },
  async websocket({ seed, connections }) {
    await using world = await startWorld(3);
    return await webSocketFaults(world.cluster, {
      random: seeded(seed),
      connections,
      restarts: true,
      goneWithinMs: 5_000,
    });
  },
  async failover({ seed, rounds }) {
    await using world = await startRollingWorld();
    return await failover(world.cluster, { rounds, random: seeded(seed) });
  },
  async observability({ seed, calls }) {
    await using world = await startWorld();
    return await observability(world, { calls, random: seeded(seed) });
  },
  async rolling({ seed, rounds, callsPerSecond }) {
    await using world = await startRollingWorld();
    return await rolling(world, { rounds, callsPerSecond, random: seeded(seed) });
  },
};

/** runCommand runs one of the commands. */
export async function runCommand(name: string, options: CommandOptions): Promise<Findings> {
  const none = { lost: 0, doubled: 0, failed: 0, configWrong: 0, limitsWrong: 0, metricsWrong: 0 };
  return { ...none, ...(await (commands[name] as Command)(options)) };
}

/** wrongCount is 0 if everything that was promised holds. */
export const wrongCount = ({
  lost,
  doubled,
  failed,
  configWrong,
  limitsWrong,
  metricsWrong,
}: Findings): number => lost + doubled + failed + configWrong + limitsWrong + metricsWrong;
