import { generateKeyPairSync } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BIN, CACHE, onPath, run } from "./cache.ts";
import { startEtcd } from "./etcd.ts";
import { freePort, startProcess, until } from "./process.ts";

const KUBERNETES = "1.36.3";
const KWOK = "0.8.0";
const TOKEN = "administrator";

/** One program with all of Kubernetes' own, which its first argument names. */
const MAIN = `package main

import (
	"os"

	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	kubectl "k8s.io/kubectl/pkg/cmd"
	apiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	manager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	scheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

func main() {
	name := os.Args[1]
	os.Args = os.Args[1:]
	switch name {
	case "kube-apiserver":
		os.Exit(cli.Run(apiserver.NewAPIServerCommand()))
	case "kube-controller-manager":
		os.Exit(cli.Run(manager.NewControllerManagerCommand()))
	case "kube-scheduler":
		os.Exit(cli.Run(scheduler.NewSchedulerCommand()))
	default:
		os.Exit(cli.Run(kubectl.NewDefaultKubectlCommand()))
	}
}
`;

/** Go with caches of its own that are removed afterwards: Kubernetes leaves 4 GB in them. */
async function withGo<T>(
  work: (go: (...args: readonly string[]) => Promise<string>, folder: string) => Promise<T>,
): Promise<T> {
  if (!(await onPath("go"))) throw new Error("please install Go: Kubernetes is built with it");
  const folder = mkdtempSync(join(tmpdir(), "tollgate-go-"));
  const env = {
    ...process.env,
    GOFLAGS: "-buildvcs=false -mod=mod -modcacherw",
    GOCACHE: join(folder, "build"),
    GOMODCACHE: join(folder, "modules"),
    GOBIN: join(folder, "bin"),
  };
  const source = join(folder, "source");
  mkdirSync(source);
  const go = async (...args: readonly string[]) =>
    (await run("go", args, { cwd: source, env, maxBuffer: 64 << 20 })).stdout;
  try {
    return await work(go, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** kubeBinary builds API server, controllers, scheduler and kubectl once: some six minutes. */
async function kubeBinary(): Promise<string> {
  const path = join(BIN, `kube-${KUBERNETES}`);
  if (existsSync(path)) return path;
  await withGo(async (go, folder) => {
    writeFileSync(join(folder, "source", "main.go"), MAIN);
    writeFileSync(join(folder, "source", "go.mod"), "module kube\n\ngo 1.26\n");
    const { GoMod } = JSON.parse(
      await go("mod", "download", "-json", `k8s.io/kubernetes@v${KUBERNETES}`),
    ) as {
      GoMod: string;
    };
    await go("mod", "edit", `-require=k8s.io/kubernetes@v${KUBERNETES}`);
    // Its own parts are not published under versions that its go.mod names.
    const part = `v0.${KUBERNETES.split(".").slice(1).join(".")}`;
    for (const [, name] of readFileSync(GoMod, "utf8").matchAll(/^\s*(k8s\.io\/[a-z0-9-]+) => \.\/staging/gm))
      await go("mod", "edit", `-replace=${name}=${name}@${part}`);
    await go("mod", "tidy");
    const [major, minor] = KUBERNETES.split(".");
    const set = (name: string, value = "") => `-X k8s.io/component-base/version.${name}=${value}`;
    const flags = `-s -w ${set("gitVersion", `v${KUBERNETES}`)} ${set("gitMajor", major)} ${set("gitMinor", minor)}`;
    mkdirSync(BIN, { recursive: true });
    await go("build", "-trimpath", "-ldflags", flags, "-o", path, ".");
  });
  return path;
}

/** kwokBinary builds kwok, which plays the machines of pods, and keeps the stages that say how. */
async function kwokBinary(): Promise<{ readonly path: string; readonly stages: string }> {
  const [path, stages] = [join(BIN, `kwok-${KWOK}`), join(CACHE, `kwok-${KWOK}-stages.yaml`)];
  if (existsSync(path) && existsSync(stages)) return { path, stages };
  await withGo(async (go, folder) => {
    await go("install", "-trimpath", "-ldflags", "-s -w", `sigs.k8s.io/kwok/cmd/kwok@v${KWOK}`);
    mkdirSync(BIN, { recursive: true });
    cpSync(join(folder, "bin", "kwok"), path);
    const module = join(folder, "modules", `sigs.k8s.io/kwok@v${KWOK}`, "kustomize", "stage");
    const texts = ["node/fast", "node/heartbeat-with-lease", "pod/fast"].flatMap((one) =>
      readdirSync(join(module, one))
        .filter((name) => name.endsWith(".yaml") && name !== "kustomization.yaml")
        .map((name) => readFileSync(join(module, one, name), "utf8")),
    );
    writeFileSync(stages, texts.join("\n---\n"));
  });
  return { path, stages };
}

/** crdsOf are the folders of custom resource definitions in Go modules, each fetched once. */
export async function crdsOf(
  modules: readonly { readonly module: string; readonly folder: string }[],
): Promise<string[]> {
  const kept = (module: string) => join(CACHE, "crds", module.replaceAll("/", "+"));
  const missing = modules.filter(({ module }) => !existsSync(kept(module)));
  if (missing.length > 0)
    await withGo(async (go) => {
      for (const { module, folder } of missing) {
        const { Dir } = JSON.parse(await go("mod", "download", "-json", module)) as { Dir: string };
        cpSync(join(Dir, folder), kept(module), { recursive: true });
      }
    });
  return modules.map(({ module }) => kept(module));
}

export interface Kubernetes extends AsyncDisposable {
  readonly version: string;
  readonly kubeconfig: string;
  /** kubectl runs kubectl and returns what it prints. */
  readonly kubectl: (...args: readonly string[]) => Promise<string>;
}

/**
 * startKubernetes runs etcd, an API server with its controllers and its scheduler on loopback, and kwok with two machines: objects are judged and
 * followed as in any cluster, and pods become ready, but no container runs.
 */
export async function startKubernetes(): Promise<Kubernetes> {
  const scope = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), "tollgate-kubernetes-"));
  scope.defer(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string) => join(folder, name);
  const [kube, kwok, etcd] = [await kubeBinary(), await kwokBinary(), scope.use(await startEtcd())];
  const [apiPort, managerPort, schedulerPort, kwokPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  writeFileSync(at("accounts.key"), privateKey.export({ type: "pkcs1", format: "pem" }));
  writeFileSync(at("tokens.csv"), `${TOKEN},admin,1,"system:masters"\n`);
  const kubeconfig = at("kubeconfig");
  writeFileSync(
    kubeconfig,
    JSON.stringify({
      apiVersion: "v1",
      kind: "Config",
      clusters: [
        { name: "it", cluster: { server: `https://127.0.0.1:${apiPort}`, "insecure-skip-tls-verify": true } },
      ],
      users: [{ name: "it", user: { token: TOKEN } }],
      contexts: [{ name: "it", context: { cluster: "it", user: "it" } }],
      "current-context": "it",
    }),
  );
  /** Nothing of it is needed afterwards: its ways of stopping are not waited for. */
  const start = (name: string, ...flags: readonly string[]) => {
    const started = startProcess(kube, [name, ...flags]);
    scope.defer(() => started.kill("SIGKILL"));
    return started;
  };
  const server = start(
    "kube-apiserver",
    `--etcd-servers=${etcd.url}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${apiPort}`,
    `--cert-dir=${at("api")}`,
    "--service-cluster-ip-range=10.0.0.0/16",
    "--endpoint-reconciler-type=none",
    "--authorization-mode=RBAC",
    `--token-auth-file=${at("tokens.csv")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${at("accounts.key")}`,
    `--service-account-signing-key-file=${at("accounts.key")}`,
    "--allow-privileged=true",
  );
  const kubectl = async (...args: readonly string[]) =>
    (await run(kube, ["kubectl", `--kubeconfig=${kubeconfig}`, ...args], { maxBuffer: 64 << 20 })).stdout;
  await until(
    () => `the API server: ${server.output().slice(-2_000)}`,
    () =>
      kubectl("get", "--raw", "/readyz").then(
        () => true,
        () => false,
      ),
  );
  start(
    "kube-controller-manager",
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
    `--secure-port=${managerPort}`,
    `--cert-dir=${at("manager")}`,
    `--root-ca-file=${at("api/apiserver.crt")}`,
    `--service-account-private-key-file=${at("accounts.key")}`,
    "--horizontal-pod-autoscaler-sync-period=5s",
  );
  start(
    "kube-scheduler",
    `--kubeconfig=${kubeconfig}`,
    "--leader-elect=false",
    "--bind-address=127.0.0.1",
    `--secure-port=${schedulerPort}`,
    `--cert-dir=${at("scheduler")}`,
  );
  scope.use(
    startProcess(kwok.path, [
      `--kubeconfig=${kubeconfig}`,
      "--manage-all-nodes=true",
      "--node-lease-duration-seconds=40",
      `--config=${kwok.stages}`,
      `--server-address=127.0.0.1:${kwokPort}`,
    ]),
  );
  const machine = (name: string, zone: string) => ({
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { "kwok.x-k8s.io/node": "fake" },
      labels: { "kubernetes.io/hostname": name, "topology.kubernetes.io/zone": zone },
    },
    status: {
      allocatable: { cpu: "64", memory: "256Gi", pods: "110" },
      capacity: { cpu: "64", memory: "256Gi", pods: "110" },
    },
  });
  writeFileSync(
    at("machines.json"),
    JSON.stringify({ apiVersion: "v1", kind: "List", items: [machine("one", "a"), machine("two", "b")] }),
  );
  await kubectl("apply", "-f", at("machines.json"));
  await kubectl("wait", "--for=condition=Ready", "node", "--all", "--timeout=60s");
  return {
    version: KUBERNETES,
    kubeconfig,
    kubectl,
    [Symbol.asyncDispose]: () => scope.disposeAsync(),
  };
}
