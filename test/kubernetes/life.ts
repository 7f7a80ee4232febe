import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { goInstall, run } from "../kit/cache.ts";
import type { Kubernetes } from "../kit/kubernetes.ts";
import { until } from "../kit/process.ts";

const CHART = fileURLToPath(new URL("../../deploy/charts/tollgate", import.meta.url));
const RELEASE = "release";

/** A step of the life of a release, and what was wrong with it. */
export interface Step {
  readonly step: string;
  readonly seconds: number;
  readonly wrong: string | undefined;
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

/** A release in a namespace of its own, and the tokens that it was installed with. */
interface Release {
  readonly cluster: Kubernetes;
  readonly namespace: string;
  readonly values: readonly string[];
  readonly helm: (...args: readonly string[]) => Promise<string>;
  readonly list: (kinds: string) => Promise<readonly Found[]>;
  readonly secret: () => Promise<Found | undefined>;
  token?: Found | undefined;
}

const WAITED = ["--wait", "--timeout", "90s"];

const isReady = ({ status }: Found): boolean =>
  ((status?.conditions ?? []) as { type: string; status: string }[]).some(
    (condition) => condition.type === "Ready" && condition.status === "True",
  );

async function install(release: Release): Promise<void> {
  const { cluster, namespace, values, helm, list, secret } = release;
  await withAddresses(cluster, namespace, helm("install", RELEASE, CHART, ...values, ...WAITED));
  const pods = await list("pods");
  check(pods.length >= 3, `there are ${pods.length} pods`);
  release.token = await secret();
}

async function countBudgets({ list }: Release): Promise<void> {
  for (const { metadata, spec } of await list("poddisruptionbudgets"))
    await until(
      () => `${metadata.name} has seen no pods`,
      async () => {
        const budgets = await list("poddisruptionbudgets");
        const status = budgets.find((one) => one.metadata.name === metadata.name)?.status;
        const expected = Number(status?.expectedPods ?? 0);
        const allowed = Math.min(expected, Number(spec?.maxUnavailable));
        return expected > 0 && Number(status?.disruptionsAllowed) === allowed;
      },
    );
}

async function upgrade({ values, helm, list, secret, token }: Release): Promise<void> {
  await helm("upgrade", RELEASE, CHART, ...values, "--set", "logLevel=debug", ...WAITED);
  check(JSON.stringify((await secret())?.data) === JSON.stringify(token?.data), "the tokens were made again");
  const workloads = JSON.stringify(await list("deployments,statefulsets"));
  check(!workloads.includes('"value":"info"'), "a process has the log level of before");
}

async function rollBack({ helm, list }: Release): Promise<void> {
  await helm("rollback", RELEASE, "1", ...WAITED);
  const workloads = JSON.stringify(await list("deployments,statefulsets"));
  check(!workloads.includes('"value":"debug"'), "a process has the log level of the upgrade");
}

async function drain({ cluster: { kubectl }, list }: Release): Promise<void> {
  const ours = `--pod-selector=app.kubernetes.io/instance=${RELEASE}`;
  const rules = ["--ignore-daemonsets", "--delete-emptydir-data", "--force", "--timeout=90s"];
  await kubectl("drain", "one", ours, ...rules);
  await kubectl("uncordon", "one");
  await until(
    () => "pods are not ready after a drain",
    async () => (await list("pods")).every(isReady),
  );
}

async function remove({ helm, list, secret, token }: Release): Promise<void> {
  const volumes = await list("persistentvolumeclaims");
  await helm("uninstall", RELEASE, ...WAITED);
  const left = await list("deployments,statefulsets,services,poddisruptionbudgets,networkpolicies");
  const names = left.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(", ");
  check(left.length === 0, `is left: ${names}`);
  check((await secret())?.metadata.uid === token?.metadata.uid, "the keys of the store are gone");
  check((await list("persistentvolumeclaims")).length === volumes.length, "volumes are gone");
}

const STEPS: Readonly<Record<string, (release: Release) => Promise<void>>> = {
  "is installed, and its pods are ready": install,
  "its budgets allow one pod at a time": countBudgets,
  "is upgraded, and its secrets stay": upgrade,
  "is rolled back": rollBack,
  "its pods leave a machine that is drained": drain,
  "is removed, and leaves its keys and volumes": remove,
};

/**
 * life installs, upgrades, rolls back, drains and removes a release in a namespace where only pods of the Pod Security Standard `restricted` are
 * admitted, until a step fails. helm waits until all pods are ready.
 */
export async function life(
  cluster: Kubernetes,
  name: string,
  values: readonly string[],
): Promise<readonly Step[]> {
  const namespace = `tollgate-${name}`;
  const { kubectl, kubeconfig } = cluster;
  const binary = await goInstall("helm", "helm.sh/helm/v3/cmd/helm@latest");
  const flags = ["--kubeconfig", kubeconfig, "-n", namespace];
  const list = namespaceOf(cluster, namespace);
  const release: Release = {
    cluster,
    namespace,
    values,
    helm: async (...args) => (await run(binary, [...flags, ...args], { maxBuffer: 64 << 20 })).stdout,
    list,
    secret: async () => (await list("secrets")).find(({ metadata }) => metadata.name.endsWith("-token")),
  };
  await kubectl("create", "namespace", namespace);
  await kubectl("label", "namespace", namespace, "pod-security.kubernetes.io/enforce=restricted");
  const steps: Step[] = [];
  for (const [step, work] of Object.entries(STEPS)) {
    const startMs = performance.now();
    const wrong = await work(release).then(
      () => undefined,
      async (error: unknown) =>
        `${(error as { stderr?: string }).stderr || error}${await kubectl("-n", namespace, "events", "--types=Warning")}`,
    );
    steps.push({ step, seconds: (performance.now() - startMs) / 1_000, wrong });
    if (wrong !== undefined) break;
  }
  await kubectl("delete", "namespace", namespace, "--wait=false");
  return steps;
}
