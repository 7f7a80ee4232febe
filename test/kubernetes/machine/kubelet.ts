import { setInterval } from "node:timers";
import type { ApiServer } from "./api.ts";
import { MACHINE } from "./network.ts";
import { type Machine, PodRunner } from "./pod.ts";
import type { Pod } from "./pod-spec.ts";

const NODE = "machine";
const LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const LEASE_SECONDS = 40;
const RENEW_MS = 10_000;

const now = () => new Date().toISOString();

function node() {
  const resources = { cpu: "64", memory: "256Gi", pods: "110" };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name: NODE,
      labels: { "kubernetes.io/hostname": NODE, "topology.kubernetes.io/zone": "a", pool: "control" },
    },
    status: {
      allocatable: resources,
      capacity: resources,
      addresses: [{ type: "InternalIP", address: MACHINE }],
      conditions: [
        {
          type: "Ready",
          status: "True",
          reason: "Ready",
          lastHeartbeatTime: now(),
          lastTransitionTime: now(),
        },
      ],
    },
  };
}

/** Kubelet is a machine of a cluster: it runs the pods that the scheduler gives it, as processes. */
export class Kubelet implements AsyncDisposable {
  readonly #machine: Machine;
  readonly #pods = new Map<string, PodRunner>();
  #renewal: NodeJS.Timeout | undefined;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  async start(): Promise<void> {
    const { api } = this.#machine;
    await api.create("/api/v1/nodes", node());
    await api.change(`/api/v1/nodes/${NODE}/status`, { status: node().status });
    await this.#lease(api);
    api.follow<Pod>(`/api/v1/pods?fieldSelector=spec.nodeName%3D${NODE}`, (pod, isGone) =>
      this.#see(pod, isGone),
    );
  }

  async #lease(api: ApiServer): Promise<void> {
    const spec = () => ({
      holderIdentity: NODE,
      leaseDurationSeconds: LEASE_SECONDS,
      renewTime: now().replace("Z", "000Z"),
    });
    await api.create(LEASES, {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      metadata: { name: NODE, namespace: "kube-node-lease" },
      spec: spec(),
    });
    this.#renewal = setInterval(() => {
      api
        .change(`${LEASES}/${NODE}`, { spec: spec() })
        .catch((error: unknown) => this.#machine.log(String(error)));
    }, RENEW_MS).unref();
  }

  #see(pod: Pod, isGone: boolean): void {
    const { uid, deletionTimestamp } = pod.metadata;
    const known = this.#pods.get(uid);
    if (isGone) this.#pods.delete(uid);
    if (!known && !isGone && !deletionTimestamp) {
      const runner = new PodRunner(this.#machine, pod);
      this.#pods.set(uid, runner);
      void runner.start();
    } else if (known && (isGone || deletionTimestamp))
      void known.stop(pod.metadata.deletionGracePeriodSeconds);
  }

  /** What the containers of a pod printed, by their names. */
  outputsOf(podName: string): ReadonlyMap<string, () => string> {
    const found = [...this.#pods.values()].find(({ pod }) => pod.metadata.name === podName);
    return found?.outputs ?? new Map();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#renewal);
    await Promise.all([...this.#pods.values()].map((runner) => runner.stop(0)));
  }
}
