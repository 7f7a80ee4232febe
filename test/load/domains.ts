import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Authority, type Issued, openAuthority } from "@tollgate/certificates";
import type { AppliedEntity } from "../kit/control.ts";
import { type Gateway, startGateway } from "../kit/gateway.ts";
import { workersOf } from "../kit/process.ts";
import { mock } from "../kit/rest-api.ts";
import { collectedBytes, inspectable } from "./collected-memory.ts";
import { cpuMs, median, round } from "./cpu.ts";
import { handshakeUs, shakeHands } from "./handshakes.ts";
import type { LoadReport } from "./report.ts";

const MIB = 1024 * 1024;
const DAY_MS = 24 * 60 * 60 * 1_000;
/** Entities of one change. */
const BATCH = 200;
const WARM_UP_SECONDS = 2;
/** While certificates change. */
const HANDSHAKES_PER_SECOND = 500;
const CHANGE_EVERY_MS = 500;

const nameOf = (i: number): string => `shop-${i}.example.com`;

/** A gateway with so many domains, each with a certificate of its own. */
interface Served {
  readonly gateway: Gateway;
  readonly worker: number;
  readonly port: number;
  readonly names: string;
  /** The resident memory of its worker. */
  memory(): Promise<number>;
}

const certificateEntity = (i: number, { certificate, privateKey }: Issued) => ({
  kind: "Certificate",
  id: `shop-${i}`,
  spec: { certificate, privateKey },
});

const entitiesOf = (i: number, issued: Issued, apiId: string): AppliedEntity[] => [
  certificateEntity(i, issued),
  {
    kind: "DomainName",
    id: nameOf(i),
    spec: {
      regionalCertificateArn: `shop-${i}`,
      endpointConfiguration: { types: ["REGIONAL"] },
      basePathMappings: { "(none)": { restApiId: apiId, stage: "prod" } },
    },
  },
];

async function serve(scope: AsyncDisposableStack, authority: Authority, domains: number): Promise<Served> {
  const others = new Set(workersOf(process.pid));
  const { port: inspectorPort, options } = await inspectable();
  const given = process.env.NODE_OPTIONS;
  process.env.NODE_OPTIONS = `${given ?? ""} ${options}`;
  const gateway = scope.use(await startGateway());
  if (given === undefined) delete process.env.NODE_OPTIONS;
  else process.env.NODE_OPTIONS = given;
  const [worker = 0] = workersOf(process.pid).filter((pid) => !others.has(pid));
  const apiId = await gateway.deploy({ "GET /": mock("hello") });
  let entities: AppliedEntity[] = [];
  const flush = async () => {
    const { revision } = await gateway.apply(entities);
    await gateway.wait(revision);
    entities = [];
  };
  for (let i = 0; i < domains; i++) {
    entities.push(...entitiesOf(i, await authority.issue({ names: [nameOf(i)], validMs: DAY_MS }), apiId));
    if (entities.length >= BATCH) await flush();
  }
  if (entities.length > 0) await flush();
  return {
    gateway,
    worker,
    port: gateway.httpsPort as number,
    names: `shop-{${domains}}.example.com`,
    memory: () => collectedBytes(worker, inspectorPort),
  };
}

/** Changes the certificate of a domain again and again while its clients come. */
async function changeUnderLoad(
  { gateway, port }: Served,
  authority: Authority,
  seconds: number,
): Promise<Readonly<Record<string, number>>> {
  const names = nameOf(0);
  const endMs = performance.now() + seconds * 1_000;
  let changes = 0;
  const change = async () => {
    while (performance.now() < endMs) {
      const nextMs = performance.now() + CHANGE_EVERY_MS;
      const issued = await authority.issue({ names: [names], validMs: DAY_MS });
      await gateway.apply([certificateEntity(0, issued)]);
      changes++;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, nextMs - performance.now())));
    }
  };
  const [{ handshakes, failed, certificates, reasons }] = await Promise.all([
    shakeHands({ port, names, seconds, rate: HANDSHAKES_PER_SECOND }),
    change(),
  ]);
  for (const reason of reasons) console.error(reason);
  return {
    change_handshakes: handshakes,
    change_failed: failed,
    changes,
    certificates_presented: certificates,
  };
}

/**
 * domains compares, in turns of one run, a node with so many domains, each with a certificate of its own, with a node that has one: the processor time of
 * a handshake in full with each of them in turn, and the memory of a worker after that. Then certificates change under handshakes.
 */
export async function domains({
  count,
  seconds,
  rounds,
}: {
  readonly count: number;
  readonly seconds: number;
  readonly rounds: number;
}): Promise<LoadReport> {
  await using scope = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-load-domains-"));
  scope.defer(() => rmSync(folder, { recursive: true, force: true }));
  const authority = await openAuthority(folder);
  const one = await serve(scope, authority, 1);
  const startedMs = cpuMs([one.worker]);
  const many = await serve(scope, authority, count);
  const readyCpuMs = cpuMs([many.worker]) - startedMs;
  const handshake = ({ worker, port, names }: Served, duration: number) =>
    handshakeUs([worker], { port, names, seconds: duration });
  for (const served of [one, many]) await handshake(served, WARM_UP_SECONDS);
  const pairs: { readonly one: number; readonly many: number }[] = [];
  for (let i = 0; i < rounds; i++)
    pairs.push({ one: await handshake(one, seconds), many: await handshake(many, seconds) });
  const ratios = pairs.map((pair) => pair.many / pair.one);
  const [oneBytes, manyBytes] = [await one.memory(), await many.memory()];
  const changed = await changeUnderLoad(many, authority, 2 * seconds);
  return {
    figures: {
      domains: count,
      one_handshake_us: round(median(pairs.map((pair) => pair.one)), 0),
      many_handshake_us: round(median(pairs.map((pair) => pair.many)), 0),
      one_mib: round(oneBytes / MIB, 1),
      many_mib: round(manyBytes / MIB, 1),
      kib_per_domain: round((manyBytes - oneBytes) / 1024 / Math.max(1, count - 1), 1),
      loaded_cpu_ms: readyCpuMs,
      ...changed,
    },
    ratios: {
      handshake_many_vs_one: round(median(ratios)),
      handshake_many_vs_one_min: round(Math.min(...ratios)),
      handshake_many_vs_one_max: round(Math.max(...ratios)),
      memory_many_vs_one: round(manyBytes / oneBytes),
    },
  };
}
