import { until } from "../../kit/process.ts";
import { type Place, startPlace } from "./place.ts";
import { restApi, STEPS } from "./steps.ts";

const OBJECTS = 1_000;
const AT_ONCE = 16;

const idOf = (i: number) => `many${String(i).padStart(6, "0")}`;

/** All of a list, some at the same time. */
async function each(count: number, work: (i: number) => Promise<void>): Promise<void> {
  let next = 0;
  const run = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, run));
}

/** Makes many objects with an API each, and says how long it takes until all are Ready, and until all are gone. */
async function many({ cluster, shop }: Place, count: number): Promise<string> {
  await cluster.apply([{ kind: "Account", id: "account", spec: { quotas: { restApis: count + 100 } } }]);
  const startMs = performance.now();
  await each(count, (i) =>
    shop.put("TollgateConfig", `many-${i}`, { spec: { manifests: restApi(idOf(i), `${i}`) } }),
  );
  const madeMs = performance.now();
  let ready = 0;
  await until(
    () => `${ready} of ${count} objects are Ready`,
    async () => {
      const all = await shop.list("TollgateConfig");
      ready = all.filter(
        ({ metadata, status }) =>
          status?.observedGeneration === metadata.generation &&
          status?.conditions.some((one) => one.type === "Ready" && one.reason === "Applied"),
      ).length;
      return ready >= count;
    },
    900_000,
  );
  const readyMs = performance.now();
  await each(count, (i) => shop.remove("TollgateConfig", `many-${i}`));
  await until(
    "objects are still there",
    async () => (await shop.list("TollgateConfig")).length < 10,
    900_000,
  );
  const seconds = (ms: number) => (ms / 1_000).toFixed(1);
  return `${count} objects: made in ${seconds(madeMs - startMs)} s, Ready ${seconds(readyMs - madeMs)} s later, gone after ${seconds(performance.now() - readyMs)} s more`;
}

/** runController shows what the controller does on a real API server, step by step, and then with many objects. */
export async function runController([given]: readonly string[]): Promise<number> {
  const count = given === undefined ? OBJECTS : Number(given);
  if (!Number.isInteger(count) || count < 0) {
    console.error(`npm run kubernetes -- controller [OBJECTS]: '${given}' must be a whole number`);
    return 2;
  }
  await using place = await startPlace();
  let failed = 0;
  for (const [step, work] of Object.entries(STEPS)) {
    const startMs = performance.now();
    const wrong = await work(place).then(
      () => undefined,
      (error: unknown) => String(error),
    );
    failed += wrong === undefined ? 0 : 1;
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    console.log(`${wrong === undefined ? "ok  " : "FAIL"} ${step.padEnd(58)} ${seconds} s`);
    if (wrong !== undefined) console.error(`${wrong}\n${place.cluster.controlPlane.output().slice(-3_000)}`);
  }
  if (count > 0) console.log(await many(place, count));
  console.log(
    `${Object.keys(STEPS).length} steps on Kubernetes ${place.kubernetes.version}, ${failed} failed`,
  );
  return failed === 0 ? 0 : 1;
}
