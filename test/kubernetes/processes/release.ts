import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { goInstall, run } from "../../kit/cache.ts";
import { tollgate } from "../../kit/cli.ts";
import type { Kubernetes } from "../../kit/kubernetes.ts";
import { OPERATOR, RELEASE, type ValueSet } from "./value-sets.ts";

const CHART = fileURLToPath(new URL("../../../deploy/charts/tollgate", import.meta.url));
const WAITED = ["--wait", "--timeout", "150s"];

export const helmBinary = () => goInstall("helm", "helm.sh/helm/v3/cmd/helm@latest");

/** Release is one set of values in a namespace of its own, operated by the programs that an operator has. */
export class Release implements AsyncDisposable {
  readonly namespace: string;
  readonly #cluster: Kubernetes;
  readonly #set: ValueSet;
  readonly #folder = mkdtempSync(join(tmpdir(), "tollgate-release-"));

  constructor(cluster: Kubernetes, namespace: string, set: ValueSet) {
    this.#cluster = cluster;
    this.namespace = namespace;
    this.#set = set;
  }

  /** The name of the service of a component, as it is known in all namespaces. */
  host(component: string): string {
    return `${RELEASE}-tollgate-${component}.${this.namespace}`;
  }

  /** Where APIs are called, each with the authority of its certificate. */
  get origins(): readonly { readonly origin: string; readonly authority?: string }[] {
    const host = this.host("data-plane");
    const { tls } = this.#set;
    const http = { origin: `http://${host}` };
    return tls
      ? [http, { origin: `https://${host}`, authority: readFileSync(tls.authority, "utf8") }]
      : [http];
  }

  /** How metering is asked. */
  get metering() {
    const { tls } = this.#set;
    return {
      address: `${this.host("metering")}:7090`,
      token: OPERATOR,
      ...(tls ? { tls: { authorities: tls.authority, certificate: tls.certificate, key: tls.key } } : {}),
    };
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    return await this.#cluster.kubectl("-n", this.namespace, ...args);
  }

  async helm(...args: readonly string[]): Promise<string> {
    const flags = ["--kubeconfig", this.#cluster.kubeconfig, "-n", this.namespace];
    return (await run(await helmBinary(), [...flags, ...args], { maxBuffer: 64 << 20 })).stdout;
  }

  #write(name: string, content: object): string {
    const file = join(this.#folder, name);
    writeFileSync(file, JSON.stringify(content));
    return file;
  }

  async install(): Promise<void> {
    await this.#cluster.kubectl("create", "namespace", this.namespace);
    const admitted = "pod-security.kubernetes.io/enforce=restricted";
    await this.#cluster.kubectl("label", "namespace", this.namespace, admitted);
    const items = Object.entries(this.#set.secrets).map(([name, stringData]) => ({
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name },
      stringData,
    }));
    const list = this.#write("secrets.json", { apiVersion: "v1", kind: "List", items });
    if (items.length > 0) await this.kubectl("apply", "-f", list);
    await this.helm("install", RELEASE, CHART, "-f", this.#values, ...WAITED);
  }

  get #values(): string {
    return this.#write("values.json", this.#set.values);
  }

  async upgrade(...sets: readonly string[]): Promise<void> {
    const values = sets.flatMap((set) => ["--set", set]);
    await this.helm("upgrade", RELEASE, CHART, "-f", this.#values, ...values, ...WAITED);
  }

  /** Runs the tests that the chart has. */
  async test(): Promise<void> {
    await this.helm("test", RELEASE, "--timeout", "120s");
  }

  async rollBack(): Promise<void> {
    await this.helm("rollback", RELEASE, "1", ...WAITED);
  }

  async uninstall(): Promise<void> {
    await this.helm("uninstall", RELEASE, ...WAITED);
  }

  /** Runs the CLI as an operator who reaches the services. */
  async tollgate(args: readonly string[], input = ""): Promise<string> {
    const { tls } = this.#set;
    const env = {
      TOLLGATE_ENDPOINT: `${this.host("control-plane")}:7070`,
      TOLLGATE_METERING_ENDPOINT: this.metering.address,
      TOLLGATE_TOKEN: OPERATOR,
      ...(tls
        ? { TOLLGATE_TLS_CA: tls.authority, TOLLGATE_TLS_CERT: tls.certificate, TOLLGATE_TLS_KEY: tls.key }
        : {}),
    };
    const { exitCode, stdout, stderr } = await tollgate(args, env, input);
    if (exitCode !== 0)
      throw new Error(`tollgate ${args.join(" ")} ended with ${exitCode}: ${stderr}${stdout}`);
    return stdout;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    rmSync(this.#folder, { recursive: true });
  }
}
