// Runs in a copy of the repository that has the kind Portal of CONTRIBUTING.md, and prints what became of it as one line of JSON.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Subscriber } from "@tollgate/config-stream/subscriber";
import { createLogger } from "@tollgate/telemetry";
import { startGateway } from "../kit/gateway.ts";

const API = "portalsapi";
const portal = (id: string, apiId = API) => ({ kind: "Portal", id, spec: { title: "Pets", apiId } });

const refusalOf = (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => "was not refused",
    (error: { details?: string }) => error.details ?? String(error),
  );

await using scope = new AsyncDisposableStack();
const gateway = scope.use(await startGateway());
const home = mkdtempSync(join(tmpdir(), "tollgate-probe-"));
scope.defer(() => rmSync(home, { recursive: true, force: true }));

await gateway.apply([
  { kind: "RestApi", id: API, spec: { name: "pets" } },
  { kind: "Account", spec: { quotas: { portals: 1 } } },
]);
const dangling = await refusalOf(gateway.apply([portal("one", "notthere00")]));
const { revision } = await gateway.apply([portal("one")]);
const beyondQuota = await refusalOf(gateway.apply([portal("two")]));
const leftDangling = await refusalOf(gateway.config.delete({ kind: "RestApi", id: API }));
const { entity } = await gateway.config.get({ kind: "Portal", id: "one" });

// The node of the gateway takes the revision, whatever it makes of the artifact; a node of our own shows what arrives.
await gateway.wait(revision);
const arrived = Promise.withResolvers<object>();
const node = scope.use(
  new Subscriber({
    addresses: [`127.0.0.1:${gateway.grpcPort}`],
    facts: {
      nodeId: "probe",
      bootId: "probe",
      host: "localhost",
      pid: process.pid,
      labels: {},
      softwareVersion: "0",
      workerCount: 1,
    },
    snapshotFile: join(home, "snapshot.bin"),
    logger: createLogger("probe", "silent"),
    apply: async ({ upserts }) => {
      for (const { name, content } of upserts)
        if (name.startsWith("portal/"))
          arrived.resolve({ name, content: JSON.parse(content.toString()) as unknown });
      return [];
    },
  }),
);
await node.start();

const report = {
  dangling,
  beyondQuota,
  leftDangling,
  stored: JSON.parse(entity?.specJson ?? "null") as unknown,
  delivered: await arrived.promise,
};
console.log(JSON.stringify(report));
