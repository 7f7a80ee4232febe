import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { run } from "../kit/cache.ts";
import { tollgate } from "../kit/cli.ts";
import { startEtcd } from "../kit/etcd.ts";
import { startKafka } from "../kit/kafka.ts";
import { startPostgres } from "../kit/postgres.ts";
import { baseEnv, freePort, type RunningProcess, startProcess, until } from "../kit/process.ts";
import { startRedis } from "../kit/redis.ts";
import { useFolder } from "../kit/use.ts";

const ROOT = join(import.meta.dirname, "../..");
const DOCKERFILE = readFileSync(join(ROOT, "deploy/docker/Dockerfile"), "utf8");
/** What each image runs, once it has been built: the instructions of its stage. */
const stages = new Map(
  DOCKERFILE.split(/^FROM /m)
    .slice(1)
    .map((stage) => [/ AS (\S+)/.exec(stage)?.[1] ?? "", stage]),
);

interface Service {
  readonly image: string;
  readonly build?: { readonly target: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly configs?: readonly string[];
  readonly read_only?: boolean;
  readonly healthcheck?: object;
}
interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly volumes: object;
}
const compose = parse(readFileSync(join(ROOT, "deploy/compose/compose.yaml"), "utf8"), {
  merge: true,
}) as ComposeFile;
const own = Object.entries(compose.services).filter(([, { build }]) => build);

/** The command by which Docker asks whether a container is healthy. */
const healthcheckOf = (target: string): readonly string[] =>
  JSON.parse(/^HEALTHCHECK .*CMD (\[.*\])$/m.exec(stages.get(target) ?? "")?.[1] ?? "[]") as string[];

/** Four processes start at once, beside other tests. */
const STARTED_MS = 170_000;
const TOKEN = "token-of-the-compose-file-0123456789";
const folder = useFolder();
const scope = new AsyncDisposableStack();
afterAll(() => scope.disposeAsync());

/** Asks as Docker does, at the port that the process has here. */
async function isHealthy(target: string, ports: Readonly<Record<string, number>>): Promise<boolean> {
  const [, ...args] = healthcheckOf(target);
  const script = args.map((part) =>
    part.replace(/127\.0\.0\.1:(\d+)/, (_all, port) => `127.0.0.1:${ports[port]}`),
  );
  return run(process.execPath, script, { env: baseEnv() }).then(
    () => true,
    () => false,
  );
}

describe("the compose file", () => {
  it.each(own)(
    "%s is built from a stage of the Dockerfile that says whether it is healthy",
    (_name, service) => {
      expect(healthcheckOf(service.build?.target ?? "")).toHaveLength(3);
    },
  );

  it.each(Object.entries(compose.services))("what %s names is there", (_name, service) => {
    for (const [name, { condition }] of Object.entries(service.depends_on ?? {})) {
      const of = compose.services[name];
      expect(of, name).toBeDefined();
      if (condition === "service_healthy") expect(of?.healthcheck ?? of?.build, name).toBeDefined();
    }
    for (const volume of service.volumes ?? [])
      expect(compose.volumes).toHaveProperty(volume.split(":")[0] as string);
  });

  it("a process with a root that is read-only has no secrets of the file, which Docker Compose would copy there", () => {
    for (const [name, { read_only, secrets = [], configs = [] }] of own)
      expect([name, read_only, ...secrets, ...configs]).toEqual([name, true]);
  });

  it("variables that it needs are in the example of its environment", () => {
    const text = readFileSync(join(ROOT, "deploy/compose/compose.yaml"), "utf8");
    const needed = new Set([...text.matchAll(/\$\{(\w+)/g)].map(([, name]) => name));
    const example = readFileSync(join(ROOT, "deploy/compose/example.env"), "utf8");
    expect(new Set([...example.matchAll(/^(\w+)=/gm)].map(([, name]) => name))).toEqual(needed);
  });
});

describe("its processes, with the settings of the file", () => {
  const ports = new Map<string, Record<string, number>>();
  const processes = new Map<string, RunningProcess>();
  beforeAll(async () => {
    const [etcd, kafka, postgres, redis] = await Promise.all([
      startEtcd(),
      startKafka(),
      startPostgres(),
      startRedis(),
    ]);
    for (const server of [etcd, kafka, postgres, redis]) scope.use(server);
    for (const [name] of own) {
      const [grpc, http, https, control, admin, metrics, metering, peer] = (await Promise.all(
        Array.from({ length: 8 }, freePort),
      )) as [number, number, number, number, number, number, number, number];
      ports.set(name, {
        7070: grpc,
        8080: http,
        8443: https,
        7080: control,
        9101: admin,
        7091: metrics,
        7090: metering,
        7071: peer,
      });
    }
    const addresses: Record<string, string> = {
      "http://etcd:2379": etcd.url,
      "kafka:9092": kafka.broker,
      "redis://redis:6379": redis.url,
    };
    /** A value as it is where all processes share one machine. */
    const here = (value: string): string => {
      if (addresses[value]) return addresses[value];
      if (value.startsWith("postgres:")) return postgres.url;
      return value.replace(/^([\w-]+):(\d+)$/, (all, name: string, port: string) =>
        ports.has(name) ? `127.0.0.1:${ports.get(name)?.[port]}` : all,
      );
    };
    for (const [name, { environment = {}, build }] of own) {
      const of = ports.get(name) as Record<string, number>;
      const env = {
        ...Object.fromEntries(Object.entries(environment).map(([key, value]) => [key, here(value)])),
        TOLLGATE_HOME: join(folder, name),
        TOLLGATE_TOKEN: TOKEN,
        ...(environment.TOLLGATE_SECRETS_KEY && {
          TOLLGATE_SECRETS_KEY: Buffer.alloc(32, 5).toString("base64"),
        }),
        TOLLGATE_GRPC_PORT: String(of[7070]),
        TOLLGATE_CONTROL_PORT: String(of[7080]),
        TOLLGATE_HTTP_PORT: String(of[8080]),
        TOLLGATE_HTTPS_PORT: String(of[8443]),
        TOLLGATE_ADMIN_PORT: String(of[9101]),
        TOLLGATE_METERING_PORT: String(of[7090]),
        TOLLGATE_METERING_METRICS_PORT: String(of[7091]),
        ...(environment.TOLLGATE_PEER_PORT && { TOLLGATE_PEER_PORT: String(of[7071]) }),
      };
      const main = join(ROOT, "packages", build?.target ?? "", "src/main.ts");
      const started = startProcess(process.execPath, [main], { env: { ...baseEnv(), ...env }, cwd: folder });
      processes.set(name, scope.use(started));
    }
  }, 180_000);

  it("become healthy, by the images' own checks", { timeout: 700_000 }, async () => {
    for (const [name, { build }] of own)
      await until(
        () => `${name} to be healthy: ${processes.get(name)?.output()}`,
        () => isHealthy(build?.target ?? "", ports.get(name) ?? {}),
        STARTED_MS,
      );
  });

  it("serve what is applied, at both nodes, and count it", async () => {
    const env = {
      TOLLGATE_ENDPOINT: `127.0.0.1:${ports.get("control-plane")?.[7070]}`,
      TOLLGATE_METERING_ENDPOINT: `127.0.0.1:${ports.get("metering")?.[7090]}`,
      TOLLGATE_TOKEN: TOKEN,
    };
    const examples = ["pets.yaml", "greeting.yaml"].flatMap((name) => [
      "-f",
      join(ROOT, "packages/docs/examples", name),
    ]);
    for (const args of [
      ["apply", ...examples],
      ["deploy", "petstore01", "--stage", "prod", "--wait"],
    ])
      expect(await tollgate(args, env)).toMatchObject({ exitCode: 0 });
    for (const node of ["node-1", "node-2"]) {
      const url = `http://127.0.0.1:${ports.get(node)?.[8080]}/_aws/execute-api/petstore01/prod/greet/Ada`;
      expect((await fetch(url)).status).toBe(200);
    }
    await until("both calls are counted", async () => {
      const { stdout } = await tollgate(["usage", "calls", "--by", "api"], env);
      return /^petstore01\s+2\b/m.test(stdout);
    });
  });
});

it("the image with all in one serves its sample, its functions too", async () => {
  await run(process.execPath, [join(ROOT, ".scripts/build.mjs"), "standalone"], { cwd: ROOT });
  const names = ["GRPC", "CONTROL", "HTTP", "HTTPS", "ADMIN", "METERING"] as const;
  const free = await Promise.all(names.map(freePort));
  const env = Object.fromEntries(names.map((name, i) => [`TOLLGATE_${name}_PORT`, String(free[i])]));
  const said = /^ENV (.*)$/m.exec(stages.get("standalone") ?? "")?.[1] ?? "";
  const main = join(ROOT, "packages/standalone/dist/main.js");
  const all = scope.use(
    startProcess(process.execPath, [main], {
      env: {
        ...baseEnv(),
        ...Object.fromEntries(said.split(" ").map((pair) => pair.split("="))),
        ...env,
        TOLLGATE_HOME: join(folder, "standalone"),
        TOLLGATE_TOKEN: TOKEN,
      },
      cwd: folder,
    }),
  );
  const port = free[names.indexOf("HTTP")];
  const admin = free[names.indexOf("ADMIN")] as number;
  await until(
    () => `it to be ready: ${all.output()}`,
    () => /^ready /m.test(all.output()),
    STARTED_MS,
  );
  expect(await isHealthy("standalone", { 9101: admin })).toBe(true);
  const response = await fetch(`http://127.0.0.1:${port}/_aws/execute-api/tollgate01/dev/hello?name=Ada`);
  expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("Ada")]);
}, 200_000);
