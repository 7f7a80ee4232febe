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

export const KUBERNETES = "1.36.3";
const KWOK = "0.8.0";

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
export async function kubeBinary(): Promise<string> {
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
export async function kwokBinary(): Promise<{ readonly path: string; readonly stages: string }> {
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
