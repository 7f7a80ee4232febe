import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Kubernetes } from "../kit/kubernetes.ts";
import { crdsOf } from "../kit/kubernetes-programs.ts";

/** installDefinitions tells the API server of the kinds that the chart may use and Kubernetes does not have. */
export async function installDefinitions({ kubectl }: Kubernetes): Promise<void> {
  const folders = await crdsOf([
    { module: "github.com/cert-manager/cert-manager@v1.21.2", folder: "deploy/crds" },
    { module: "sigs.k8s.io/gateway-api@v1.6.3", folder: "config/crd/standard" },
    { module: "github.com/kedacore/keda/v2@v2.21.0", folder: "config/crd/bases" },
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
