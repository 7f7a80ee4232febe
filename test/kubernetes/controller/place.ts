import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseAllDocuments, stringify } from "yaml";
import { run } from "../../kit/cache.ts";
import { Cluster } from "../../kit/cluster.ts";
import { startEtcd } from "../../kit/etcd.ts";
import { startKafka } from "../../kit/kafka.ts";
import { type Kubernetes, startKubernetes } from "../../kit/kubernetes.ts";
import { until } from "../../kit/process.ts";
import { ApiError, ApiServer } from "../machine/api.ts";
import { helmBinary } from "../processes/release.ts";

const CHART = fileURLToPath(new URL("../../../deploy/charts/tollgate", import.meta.url));
const MINIMAL = fileURLToPath(new URL("../../helm/cases/minimal.values.yaml", import.meta.url));
export const NAMESPACES = ["shop", "store"] as const;
const OWN = "gateway";
/** The account that the namespace `store` may use; `shop` has the default one. */
export const STORE_ACCOUNT = "222222222222";

export interface Status {
  readonly observedGeneration: number;
  readonly account: string;
  readonly revision: number;
  readonly entities: number;
  readonly nodes: { readonly applied: number; readonly total: number };
  readonly problems: readonly { readonly path: string; readonly message: string }[];
  readonly conditions: readonly {
    readonly type: string;
    readonly status: string;
    readonly reason: string;
    readonly message: string;
    readonly observedGeneration: number;
  }[];
}

interface Found {
  readonly metadata: {
    readonly generation?: number;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: string;
  };
  readonly status?: Status;
}

const PATHS = {
  TollgateConfig: { apiVersion: "tollgate.io/v1", base: "/apis/tollgate.io/v1", plural: "tollgateconfigs" },
  ConfigMap: { apiVersion: "v1", base: "/api/v1", plural: "configmaps" },
  Secret: { apiVersion: "v1", base: "/api/v1", plural: "secrets" },
} as const;
export type ObjectKind = keyof typeof PATHS;

/** Objects are the objects of a namespace, as an operator makes and reads them. */
export class Objects {
  readonly #api: ApiServer;
  readonly #namespace: string;

  constructor(api: ApiServer, namespace: string) {
    this.#api = api;
    this.#namespace = namespace;
  }

  #path(kind: ObjectKind, name = ""): string {
    const { base, plural } = PATHS[kind];
    return `${base}/namespaces/${this.#namespace}/${plural}${name === "" ? "" : `/${name}`}`;
  }

  /** put makes an object, or changes the members that are given of one that is there. */
  async put(kind: ObjectKind, name: string, content: object, metadata: object = {}): Promise<void> {
    const { apiVersion } = PATHS[kind];
    const object = { apiVersion, kind, metadata: { name, ...metadata }, ...content };
    await this.#api.create(this.#path(kind), object).catch(async (error: unknown) => {
      if (!(error instanceof ApiError) || error.status !== 409) throw error;
      await this.#api.change(this.#path(kind, name), { metadata, ...content });
    });
  }

  async remove(kind: ObjectKind, name: string): Promise<void> {
    await this.#api.remove(this.#path(kind, name), {});
  }

  async find(kind: ObjectKind, name: string): Promise<Found | undefined> {
    return this.#api.get<Found>(this.#path(kind, name)).catch((error: unknown) => {
      if (error instanceof ApiError && error.status === 404) return undefined;
      throw error;
    });
  }

  async list(kind: ObjectKind): Promise<readonly Found[]> {
    return (await this.#api.get<{ items: readonly Found[] }>(this.#path(kind))).items;
  }

  /** The status of an object, of what it is now. */
  async status(kind: ObjectKind, name: string): Promise<Status | undefined> {
    const found = await this.find(kind, name);
    if (kind !== "TollgateConfig") {
      const text = found?.metadata.annotations?.["tollgate.io/status"];
      return text === undefined ? undefined : (JSON.parse(text) as Status);
    }
    return found?.status?.observedGeneration === found?.metadata.generation ? found?.status : undefined;
  }

  /** condition waits until a condition of an object has a reason, and returns the status. */
  async condition(kind: ObjectKind, name: string, type: string, reason: string): Promise<Status> {
    let last: Status | undefined;
    return until(
      () => `${kind} ${name} is not ${type} with ${reason}: ${JSON.stringify(last)}`,
      async () => {
        last = await this.status(kind, name);
        return last?.conditions.some((one) => one.type === type && one.reason === reason) && last;
      },
    );
  }

  ready(kind: ObjectKind, name: string): Promise<Status> {
    return this.condition(kind, name, "Ready", "Applied");
  }

  async gone(kind: ObjectKind, name: string): Promise<void> {
    await until(`${kind} ${name} is still there`, async () => (await this.find(kind, name)) === undefined);
  }
}

/** Place is a Kubernetes with two control planes and a node beside it, whose service account has the rights of the chart and no others. */
export interface Place extends AsyncDisposable {
  readonly kubernetes: Kubernetes;
  readonly cluster: Cluster;
  readonly shop: Objects;
  readonly store: Objects;
  readonly leader: () => Promise<string>;
}

interface Installed {
  readonly kind: string;
  readonly metadata: { namespace?: string };
}

/** What the chart installs of the controller. */
async function installController({ kubectl, version }: Kubernetes, folder: string): Promise<void> {
  const values = { controller: { enabled: true, namespaces: NAMESPACES } };
  const { stdout } = await run(await helmBinary(), [
    "template",
    "release",
    CHART,
    "--kube-version",
    version,
    "-n",
    OWN,
    "-f",
    MINIMAL,
    "--set-json",
    `controller=${JSON.stringify(values.controller)}`,
  ]);
  const isOfController = /^(CustomResourceDefinition|Role|RoleBinding|ServiceAccount)$/;
  const objects = parseAllDocuments(stdout)
    .map((document) => document.toJS() as Installed | null)
    .filter((one): one is Installed => one !== null && isOfController.test(one.kind));
  // As helm does, which knows the namespace of the release.
  for (const one of objects) if (one.kind !== "CustomResourceDefinition") one.metadata.namespace ??= OWN;
  const file = join(folder, "controller.yaml");
  writeFileSync(file, objects.map((one) => stringify(one)).join("---\n"));
  for (const namespace of [OWN, ...NAMESPACES]) await kubectl("create", "namespace", namespace);
  await kubectl("apply", "-f", file);
  await kubectl("wait", "--for=condition=Established", "crd/tollgateconfigs.tollgate.io", "--timeout=60s");
}

/** The files that a pod of the service account has. */
async function writeCredentials({ kubectl, authority }: Kubernetes, folder: string): Promise<string> {
  const credentials = join(folder, "serviceaccount");
  mkdirSync(credentials);
  const token = await kubectl("-n", OWN, "create", "token", "release-tollgate", "--duration=1h");
  writeFileSync(join(credentials, "token"), token);
  writeFileSync(join(credentials, "ca.crt"), readFileSync(authority));
  writeFileSync(join(credentials, "namespace"), OWN);
  return credentials;
}

export async function startPlace(): Promise<Place> {
  const scope = new AsyncDisposableStack();
  try {
    const folder = mkdtempSync(join(tmpdir(), "tollgate-controller-"));
    scope.defer(() => rmSync(folder, { recursive: true }));
    const kubernetes = scope.use(await startKubernetes({ hasControllers: false }));
    await installController(kubernetes, folder);
    const [etcd, kafka] = [scope.use(await startEtcd()), scope.use(await startKafka())];
    const cluster = scope.use(
      await Cluster.start({
        etcd: etcd.url,
        kafka: kafka.broker,
        nodes: 1,
        controlPlanes: 2,
        env: {
          TOLLGATE_KUBERNETES: "on",
          TOLLGATE_KUBERNETES_API: kubernetes.url,
          TOLLGATE_KUBERNETES_CREDENTIALS: await writeCredentials(kubernetes, folder),
          TOLLGATE_KUBERNETES_NAMESPACES: NAMESPACES.join(","),
          TOLLGATE_KUBERNETES_ACCOUNTS: `store=${STORE_ACCOUNT},*=000000000000`,
          TOLLGATE_KUBERNETES_LEASE: "release-tollgate-controller",
          TOLLGATE_SECRETS_KEY: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
        },
      }),
    );
    const api = scope.use(new ApiServer(kubernetes.url, kubernetes.token));
    const lease = `/apis/coordination.k8s.io/v1/namespaces/${OWN}/leases/release-tollgate-controller`;
    return {
      kubernetes,
      cluster,
      shop: new Objects(api, "shop"),
      store: new Objects(api, "store"),
      leader: async () => (await api.get<{ spec: { holderIdentity: string } }>(lease)).spec.holderIdentity,
      [Symbol.asyncDispose]: () => scope.disposeAsync(),
    };
  } catch (error) {
    await scope.disposeAsync();
    throw error;
  }
}
