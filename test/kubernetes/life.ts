import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { goInstall, run } from "../kit/cache.ts";
import { crdsOf, type Kubernetes } from "../kit/kubernetes.ts";
import { until } from "../kit/process.ts";

const CHART = fileURLToPath(new URL("../../deploy/charts/tollgate", import.meta.url));
const RELEASE = "release";

/** A step of the life of a release, and what was wrong with it. */
export interface Step {
  readonly step: string;
  readonly seconds: number;
  readonly wrong: string | undefined;
}

/** installDefinitions tells the API server of the kinds that the chart may use and Kubernetes does not have. */
export async function installDefinitions({ kubectl }: Kubernetes): Promise<void> {
  const folders = await crdsOf([
    { module: "github.com/cert-manager/cert-manager@v1.21.2", folder: "deploy/crds" },
    { module: "sigs.k8s.io/gateway-api@v1.6.3", folder: "config/crd/standard" },
    {
      module: "github.com/prometheus-operator/prometheus-operator@v0.85.0",
      folder: "example/prometheus-operator-crd",
    },
  ]);
  for (const folder of folders) await kubectl("apply", "--server-side", "-f", folder);
  await kubectl("wait", "--for=condition=Established", "crd", "--all", "--timeout=60s");
}

const VOLUMES = 12;

/** What a cluster has before: a priority that test values name, and volumes, without a class and of the class that they name. */
function presentObjects(): unknown[] {
  const priority = {
    apiVersion: "scheduling.k8s.io/v1",
    kind: "PriorityClass",
    metadata: { name: "serving" },
    value: 1_000,
  };
  const volumes = ["", "fast"].flatMap((storageClassName) =>
    Array.from({ length: VOLUMES }, (_, i) => ({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name: `volume-${storageClassName || "any"}-${i}` },
      spec: {
        storageClassName,
        capacity: { storage: "100Gi" },
        accessModes: ["ReadWriteOnce"],
        persistentVolumeReclaimPolicy: "Delete",
        hostPath: { path: `/nowhere/${i}` },
      },
    })),
  );
  return [priority, ...volumes];
}

/** prepareCluster makes what values may name, and machines without disks lack. */
export async function prepareCluster({ kubectl }: Kubernetes): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-present-"));
  const file = join(folder, "objects.json");
  writeFileSync(file, JSON.stringify({ apiVersion: "v1", kind: "List", items: presentObjects() }));
  await kubectl("apply", "-f", file);
  await kubectl("label", "nodes", "--all", "pool=control");
  rmSync(folder, { recursive: true });
}

/** Gives services of type LoadBalancer an address, as a cloud does, until `work` is over. */
async function withAddresses<T>({ kubectl }: Kubernetes, namespace: string, work: Promise<T>): Promise<T> {
  const over = work.then(
    () => true,
    () => true,
  );
  const address = JSON.stringify({ status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }] } } });
  for (;;) {
    const found = await kubectl(
      "-n",
      namespace,
      "get",
      "services",
      "-o",
      'jsonpath={.items[?(@.spec.type=="LoadBalancer")].metadata.name}',
    );
    for (const name of found.split(" ").filter(Boolean))
      await kubectl("-n", namespace, "patch", "service", name, "--subresource=status", "-p", address);
    if (await Promise.race([over, delay(500, false)])) return await work;
  }
}

interface Found {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly uid: string };
  readonly data?: Readonly<Record<string, string>>;
  readonly status?: Readonly<Record<string, unknown>>;
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** What is in the namespace of a release. */
function namespaceOf({ kubectl }: Kubernetes, namespace: string) {
  return async (kinds: string): Promise<readonly Found[]> => {
    const text = await kubectl("-n", namespace, "get", kinds, "-o", "json");
    return (JSON.parse(text) as { items: Found[] }).items;
  };
}

function check(isTrue: boolean, message: string): void {
  if (!isTrue) throw new Error(message);
}

/**
 * life installs, upgrades, rolls back, drains and removes a release in a namespace where only pods of the Pod Security Standard `restricted` are
 * admitted. helm waits until all pods are ready.
 */
export async function life(
  cluster: Kubernetes,
  name: string,
  values: readonly string[],
): Promise<readonly Step[]> {
  const namespace = `tollgate-${name}`;
  const { kubectl, kubeconfig } = cluster;
  const binary = await goInstall("helm", "helm.sh/helm/v3/cmd/helm@latest");
  const helm = async (...args: readonly string[]) =>
    (await run(binary, ["--kubeconfig", kubeconfig, "-n", namespace, ...args], { maxBuffer: 64 << 20 }))
      .stdout;
  const waited = ["--wait", "--timeout", "90s"];
  const list = namespaceOf(cluster, namespace);
  const secret = async () => (await list("secrets")).find(({ metadata }) => metadata.name.endsWith("-token"));

  const steps: Step[] = [];
  const step = async (title: string, work: () => Promise<void>) => {
    if (steps.some(({ wrong }) => wrong !== undefined)) return;
    const startMs = performance.now();
    const wrong = await work().then(
      () => undefined,
      async (error: unknown) =>
        `${(error as { stderr?: string }).stderr || error}${await kubectl("-n", namespace, "events", "--types=Warning")}`,
    );
    steps.push({ step: title, seconds: (performance.now() - startMs) / 1_000, wrong });
  };

  await kubectl("create", "namespace", namespace);
  await kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted");
  await step("is installed, and its pods are ready", async () => {
    await withAddresses(cluster, namespace, helm("install", RELEASE, CHART, ...values, ...waited));
    const pods = await list("pods");
    check(pods.length >= 3, `there are ${pods.length} pods`);
  });
  await step("its budgets allow one pod at a time", async () => {
    for (const { metadata, spec } of await list("poddisruptionbudgets"))
      await until(
        () => `${metadata.name} has seen no pods`,
        async () => {
          const status = (await list("poddisruptionbudgets")).find(
            (one) => one.metadata.name === metadata.name,
          )?.status;
          const expected = Number(status?.expectedPods ?? 0);
          return (
            expected > 0 &&
            Number(status?.disruptionsAllowed) === Math.min(expected, Number(spec?.maxUnavailable))
          );
        },
      );
  });
  const token = await secret();
  await step("is upgraded, and its secrets stay", async () => {
    await helm("upgrade", RELEASE, CHART, ...values, "--set", "logLevel=debug", ...waited);
    const now = await secret();
    check(JSON.stringify(now?.data) === JSON.stringify(token?.data), "the tokens were made again");
    const deployments = await kubectl("-n", namespace, "get", "deployments,statefulsets", "-o", "json");
    check(!deployments.includes('"value": "info"'), "a process has the log level of before");
  });
  await step("is rolled back", async () => {
    await helm("rollback", RELEASE, "1", ...waited);
    const workloads = await kubectl("-n", namespace, "get", "deployments,statefulsets", "-o", "json");
    check(!workloads.includes('"value": "debug"'), "a process has the log level of the upgrade");
  });
  await step("its pods leave a machine that is drained", async () => {
    await kubectl(
      "drain",
      "one",
      "--ignore-daemonsets",
      "--delete-emptydir-data",
      "--force",
      "--timeout=90s",
      `--pod-selector=app.kubernetes.io/instance=${RELEASE}`,
    );
    await kubectl("uncordon", "one");
    await until(
      () => "pods are not ready after a drain",
      async () =>
        (await list("pods")).every((pod) =>
          ((pod.status?.conditions ?? []) as { type: string; status: string }[]).some(
            ({ type, status }) => type === "Ready" && status === "True",
          ),
        ),
    );
  });
  await step("is removed, and leaves its keys and volumes", async () => {
    const volumes = await list("persistentvolumeclaims");
    await helm("uninstall", RELEASE, ...waited);
    const left = await list("deployments,statefulsets,services,poddisruptionbudgets,networkpolicies");
    check(
      left.length === 0,
      `is left: ${left.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(", ")}`,
    );
    check((await secret())?.metadata.uid === token?.metadata.uid, "the keys of the store are gone");
    check((await list("persistentvolumeclaims")).length === volumes.length, "volumes are gone");
  });
  await kubectl("delete", "namespace", namespace, "--wait=false");
  return steps;
}
