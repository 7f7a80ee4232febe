import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "./cache.ts";
import { startEtcd } from "./etcd.ts";
import { KUBERNETES, kubeBinary, kwokBinary } from "./kubernetes-programs.ts";
import { freePort, type RunningProcess, startProcess, until } from "./process.ts";

const TOKEN = "administrator";

export interface Kubernetes extends AsyncDisposable {
  readonly version: string;
  /** The API server, and the token of its administrator. */
  readonly url: string;
  readonly token: string;
  readonly kubeconfig: string;
  /** PEM file with the certificate of the API server, which nobody else has signed. */
  readonly authority: string;
  /** Ends the API server at once, and starts it again. */
  readonly killServer: () => Promise<void>;
  readonly restartServer: () => Promise<void>;
  /** kubectl runs kubectl and returns what it prints. */
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
}

/** Flags of the API server in a folder with the key of its accounts, and with its administrator. */
function apiServerFlags(folder: string, port: number, etcdUrl: string): readonly string[] {
  const at = (name: string) => join(folder, name);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(at("accounts.key"), privateKey.export({ type: "pkcs1", format: "pem" }));
  writeFileSync(at("tokens.csv"), `${TOKEN},admin,1,"system:masters"\n`);
  return [
    `--etcd-servers=${etcdUrl}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${at("api")}`,
    "--service-cluster-ip-range=10.0.0.0/16",
    "--endpoint-reconciler-type=none",
    "--authorization-mode=RBAC",
    `--token-auth-file=${at("tokens.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${at("accounts.key")}`,
    `--service-account-signing-key-file=${at("accounts.key")}`,
    "--allow-privileged=true",
  ];
}

/** Writes the kubeconfig of the administrator, and returns its path. */
function writeKubeconfig(folder: string, port: number): string {
  const path = join(folder, "kubeconfig");
  const cluster = { server: `https://127.0.0.1:${port}`, "insecure-skip-tls-verify": true };
  writeFileSync(
    path,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [{ name: "it", cluster }],
      users: [{ name: "it", user: { token: TOKEN } }],
      contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
      "current-context": "it",
    }),
  );
  return path;
}

const machine = (name: string, zone: string) => {
  const resources = { cpu: "64", memory: "256Gi", pods: "110" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: { "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone },
    },
    status: { allocatable: resources, capacity: resources },
  };
};

export interface KubernetesOptions {
  /** Whether Kubernetes' own controllers and its scheduler run besides the API server: true. */
  readonly hasControllers?: boolean;
}

/** startKubernetes runs etcd and an API server with its controllers and its scheduler on loopback: objects are judged and followed as in any cluster. */
export async function startKubernetes({
  hasControllers = true,
}: KubernetesOptions = {}): Promise<Kubernetes> {
  const scope = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-kubernetes-"));
  scope.defer(() => rmSync(folder, { recursive: true, force: true }));
  const [kube, etcd] = [await kubeBinary(), scope.use(await startEtcd())];
  const apiPort = await freePort();
  const kubeconfig = writeKubeconfig(folder, apiPort);
  /** Nothing of it is needed afterwards: its ways of stopping are not waited for. */
  const start = (program: string, ...args: readonly string[]) => {
    const started = startProcess(program, args);
    scope.defer(() => started.kill("SIGKILL"));
    return started;
  };
  const follower = async (name: string) => [
    name,
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
    `--secure-port=${await freePort()}`,
    `--cert-dir=${join(folder, name)}`,
  ];
  const flags = apiServerFlags(folder, apiPort, etcd.url);
  let server: RunningProcess;
  const kubectl = async (...args: readonly string[]) =>
    (await run(kube, ["kubectl", `--kubeconfig=${kubeconfig}`, ...args], { maxBuffer: 64 << 20 })).stdout;
  const startServer = async () => {
    server = start(kube, "kube-apiserver", ...flags);
    await until(
      () => `the API server: ${server.output().slice(-2_000)}`,
      () =>
        kubectl("get", "--raw", "/readyz").then(
          () => true,
          () => false,
        ),
    );
  };
  await startServer();
  const authority = join(folder, "api", "apiserver.crt");
  if (hasControllers) {
    start(
      kube,
      ...(await follower("kube-controller-manager")),
      `--root-ca-file=${authority}`,
      `--service-account-private-key-file=${join(folder, "accounts.key")}`,
      "--horizontal-pod-autoscaler-sync-period=5s",
    );
    start(kube, ...(await follower("kube-scheduler")));
  }
  const url = `https://127.0.0.1:${apiPort}`;
  return {
    version: KUBERNETES,
    url,
    token: TOKEN,
    kubeconfig,
    authority,
    killServer: () => server.kill("SIGKILL"),
    restartServer: startServer,
    kubectl,
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}

/** startMachines runs kwok with two machines, on which pods become ready, but no container runs. */
export async function startMachines({ kubeconfig, kubectl }: Kubernetes): Promise<AsyncDisposable> {
  const kwok = await kwokBinary();
  const process = startProcess(kwok.path, [
    `--kubeconfig=${kubeconfig}`,
    "--manage-all-nodes=true",
    "--node-lease-duration-seconds=40",
    `--config=${kwok.stages}`,
    `--server-address=127.0.0.1:${await freePort()}`,
  ]);
  const folder = mkdtempSync(join(tmpdir(), "tollgate-machines-"));
  const machines = join(folder, "machines.json");
  const items = [machine("one", "a"), machine("two", "b")];
  writeFileSync(machines, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await kubectl("apply", "-f", machines);
  await kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s");
  rmSync(folder, { recursive: true });
  // Nothing of it is needed afterwards.
  return { [Symbol.asyncDispose]: () => process.kill("SIGKILL") };
}
