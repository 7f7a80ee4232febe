import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments, parse as parseYaml } from "yaml";
import { readSettings as readControlPlane } from "../../packages/control-plane/src/settings.ts";
import { readSettings as readDataPlane } from "../../packages/data-plane/src/settings.ts";
import { readSettings as readMetering } from "../../packages/metering/src/settings.ts";
import { goInstall, run } from "../kit/cache.ts";
import { valuesSchemaOf } from "./values-schema.ts";
import { unfit, wronglyTyped } from "./wrong-values.ts";

const CHART = fileURLToPath(new URL("../../deploy/charts/tollgate", import.meta.url));
const SCHEMA = `${CHART}/values.schema.json`;
const CASES = fileURLToPath(new URL("./cases/", import.meta.url));
const KUBERNETES = ["--kube-version", "1.33.0"];
/** Set to rewrite the golden files; read the difference before you commit it. */
const UPDATE = process.env.TOLLGATE_UPDATE_GOLDEN === "1";

interface Variable {
  name: string;
  value?: string;
  valueFrom?: Record<string, { key?: string; fieldPath?: string }>;
}
interface Manifest {
  kind: string;
  metadata: { name: string; labels: Record<string, string> };
  spec: Record<string, any>; // eslint-disable-line typescript/no-explicit-any
}

const FITTING = [
  "--set-json",
  'external={"etcd":["http://e:2379"],"kafka":["k:9092"],"database":{"url":"postgres://d"}}',
];

let helm: string;
beforeAll(async () => {
  helm = await goInstall("helm", "helm.sh/helm/v3/cmd/helm@v3.22.0");
});

const cases = readdirSync(CASES)
  .filter((name) => name.endsWith(".values.yaml"))
  .map((name) => name.replace(".values.yaml", ""));
const template = (values: readonly string[]) =>
  run(helm, ["template", "release", CHART, ...KUBERNETES, ...values]);
const render = async (name: string) => (await template(["-f", `${CASES}${name}.values.yaml`])).stdout;
const parse = (text: string) =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest)
    .filter(Boolean);
const containerOf = (workload: Manifest) => workload.spec.template.spec.containers[0];
const workloadsOf = (manifests: readonly Manifest[]) =>
  manifests.filter(({ kind }) => kind === "Deployment" || kind === "StatefulSet");
const componentOf = ({ metadata }: Manifest) => metadata.labels["app.kubernetes.io/component"] ?? "";

describe("the chart", () => {
  it("has the schema that its table says", () => {
    const defaults: unknown = parseYaml(readFileSync(`${CHART}/values.yaml`, "utf8"));
    const schema = `${JSON.stringify(valuesSchemaOf(defaults), undefined, 2)}\n`;
    if (UPDATE) writeFileSync(SCHEMA, schema);
    expect(readFileSync(SCHEMA, "utf8")).toBe(schema);
  });

  it.each(cases)("passes helm lint with the values of %s", async (name) => {
    const { stdout } = await run(helm, ["lint", "--strict", CHART, "-f", `${CASES}${name}.values.yaml`]);
    expect(stdout).toContain("0 chart(s) failed");
  });

  it.each(cases)("renders %s as its golden file says", async (name) => {
    const rendered = await render(name);
    const golden = `${CASES}${name}.golden.yaml`;
    if (UPDATE) writeFileSync(golden, rendered);
    expect(rendered).toBe(readFileSync(golden, "utf8"));
  });
});

const readers: Readonly<Record<string, (env: NodeJS.ProcessEnv) => unknown>> = {
  "control-plane": readControlPlane,
  "data-plane": readDataPlane,
  metering: readMetering,
};
/** Values that a cluster fills in. The files of TLS on HTTP ports, and the folder of certificates, are read at the start: here they are not there. */
const SECRETS: Readonly<Record<string, string>> = {
  token: "operators-token-0123456789",
  "node-token": "nodes-token-0123456789",
  tokens: "node/data-plane:nodes-token-0123456789",
  "secrets-key": "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
  key: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
  url: "postgres://tollgate@postgres/tollgate",
  dsn: "postgres://tollgate@postgres/tollgate",
  "eab-key": "bWFjLWtleQ",
  "dns-key": "hmac-sha256:tollgate:c2VjcmV0",
  "smtp-url": "smtps://tollgate:secret@mail.example.com",
  username: "tollgate",
  password: "secret",
  headers: "X-Scope-OrgID=gateway",
};
const FILES_AT_START = /^TOLLGATE_(?:CERTIFICATES|(?:CONTROL_TLS|HTTPS)_(?:CERT|KEY))$/;
const SECRETS_MOUNT = "/etc/tollgate/secrets/";
const files = mkdtempSync(join(tmpdir(), "tollgate-chart-"));
afterAll(() => rmSync(files, { recursive: true }));

interface Projected {
  readonly sources: readonly { secret: { items: readonly { key: string; path: string }[] } }[];
}

/** Keys of Secrets that a pod mounts as files, by the path of the file. */
function mountedKeys({ spec }: Manifest): ReadonlyMap<string, string> {
  const pod = spec.template.spec;
  const mount = containerOf({ spec } as Manifest).volumeMounts.find(
    ({ name }: { name: string }) => name === "secrets",
  );
  const { projected } = pod.volumes.find(({ name }: { name: string }) => name === "secrets") as {
    projected: Projected;
  };
  return new Map(
    projected.sources.flatMap(({ secret }) =>
      secret.items.map(({ key, path }) => [`${mount.mountPath}/${path}`, key]),
    ),
  );
}

/** A file as the pod mounts it, on this machine. */
function fileOf(workload: Manifest, path: string): string {
  const key = mountedKeys(workload).get(path);
  const content = SECRETS[key ?? ""];
  if (key === undefined || content === undefined) throw new Error(`${path} is not mounted`);
  const file = join(files, key);
  writeFileSync(file, content);
  return file;
}

/** The environment of a workload's container as its process gets it. */
function environmentOf(workload: Manifest): Record<string, string> {
  // Every pod has these of the cluster.
  const env: Record<string, string> = {
    KUBERNETES_SERVICE_HOST: "10.96.0.1",
    KUBERNETES_SERVICE_PORT: "443",
  };
  for (const { name, value: given, valueFrom } of containerOf(workload).env as readonly Variable[]) {
    const { secretKeyRef, fieldRef } = valueFrom ?? {};
    const value = given?.startsWith(SECRETS_MOUNT) ? fileOf(workload, given) : given;
    const filled = value ?? SECRETS[secretKeyRef?.key ?? ""] ?? (fieldRef ? "10.1.2.3" : undefined);
    if (filled === undefined) throw new Error(`${name} has no value`);
    if (!FILES_AT_START.test(name))
      env[name] = filled.replace(/\$\((\w+)\)/g, (_, other: string) => env[other] ?? `$(${other})`);
  }
  return env;
}

describe("processes of the chart", () => {
  it.each(cases)("start with the settings that %s gives them", async (name) => {
    const workloads = workloadsOf(parse(await render(name)));
    expect(new Set(workloads.map(componentOf))).toEqual(new Set(Object.keys(readers)));
    for (const workload of workloads) {
      const read = readers[componentOf(workload)];
      expect(() => read?.(environmentOf(workload))).not.toThrow();
    }
  });

  it("have what the others expect of them", async () => {
    const manifests = parse(await render("minimal"));
    const named = (kind: string, name: string) =>
      manifests.find((m) => m.kind === kind && m.metadata.name === name) as Manifest;
    const dataPlane = named("Deployment", "release-tollgate-data-plane");
    const controlPlane = named("Deployment", "release-tollgate-control-plane");
    const env = (workload: Manifest) => environmentOf(workload);
    expect(env(dataPlane).TOLLGATE_CONTROL_PLANE).toBe("release-tollgate-control-plane:7070");
    expect(named("Service", "release-tollgate-control-plane").spec.ports[0].port).toBe(7070);
    expect(env(dataPlane).TOLLGATE_KAFKA).toBe("kafka-0:9092,kafka-1:9092");
    expect(env(controlPlane).TOLLGATE_ETCD).toBe("http://etcd-0.etcd:2379,http://etcd-1.etcd:2379");
    // A node's token allows what nodes do, and no more.
    const read = (workload: Manifest, setting: string) => readFileSync(env(workload)[setting] ?? "", "utf8");
    expect(read(dataPlane, "TOLLGATE_TOKEN_FILE")).toBe(SECRETS["node-token"]);
    expect(read(controlPlane, "TOLLGATE_TOKEN_FILE")).toBe(SECRETS.token);
    expect(read(controlPlane, "TOLLGATE_TOKENS_FILE")).toContain(`node/data-plane:${SECRETS["node-token"]}`);
    expect(env(dataPlane)).not.toHaveProperty("TOLLGATE_TOKENS_FILE");
    expect(named("HorizontalPodAutoscaler", "release-tollgate-data-plane").spec.scaleTargetRef).toMatchObject(
      { kind: "Deployment", name: "release-tollgate-data-plane" },
    );
    // 5 s delay + 30 s drain + 15 s for the last usage events.
    expect(dataPlane.spec.template.spec.terminationGracePeriodSeconds).toBe(50);
  });

  it.each(cases)("of %s are found by their services, budgets and autoscalers", async (name) => {
    const manifests = parse(await render(name));
    const workloads = workloadsOf(manifests);
    const labels = workloads.map(({ spec }) => spec.template.metadata.labels as Record<string, string>);
    const selects = (selector: Record<string, string>) =>
      labels.filter((own) => Object.entries(selector).every(([key, value]) => own[key] === value)).length;
    for (const { spec } of workloads) expect(selects(spec.selector.matchLabels)).toBe(1);
    for (const { kind, spec } of manifests) {
      if (kind === "Service") expect(selects(spec.selector)).toBe(1);
      if (kind === "PodDisruptionBudget") expect(selects(spec.selector.matchLabels)).toBe(1);
      if (kind === "HorizontalPodAutoscaler")
        expect(workloads.map((workload) => [workload.kind, workload.metadata.name])).toContainEqual([
          spec.scaleTargetRef.kind,
          spec.scaleTargetRef.name,
        ]);
    }
    for (const workload of workloads) {
      const ports = (containerOf(workload).ports as { name: string }[]).map((port) => port.name);
      const service = manifests.find(
        (m) => m.kind === "Service" && m.metadata.name === workload.metadata.name,
      );
      for (const { targetPort } of service?.spec.ports ?? []) expect(ports).toContain(targetPort);
    }
  });

  it("reach each other by the ways that their policies allow, and nobody else reaches them", async () => {
    const policies = parse(await render("minimal")).filter(({ kind }) => kind === "NetworkPolicy");
    const from = (component: string, port: string): string[] | undefined =>
      policies
        .find((policy) => componentOf(policy) === component)
        ?.spec.ingress.filter(({ ports }: { ports: { port: string }[] }) =>
          ports.some((one) => one.port === port),
        )
        .flatMap((rule: { from?: { podSelector?: { matchLabels?: Record<string, string> } }[] }) =>
          (rule.from ?? [{}]).map(
            ({ podSelector }) => podSelector?.matchLabels?.["app.kubernetes.io/component"] ?? "others",
          ),
        );
    expect(from("control-plane", "grpc")).toEqual(["data-plane", "checks", "others"]);
    expect(from("data-plane", "peers")).toEqual(["data-plane", "control-plane"]);
    expect(from("metering", "grpc")).toEqual(["control-plane", "checks", "others"]);
    expect(from("data-plane", "https")).toEqual(["others"]);
    for (const workload of workloadsOf(parse(await render("minimal"))))
      for (const { name } of containerOf(workload).ports)
        expect(from(componentOf(workload), name), name).not.toEqual([]);
  });

  it("are reached by nobody who is not named, and reach nothing else where a list of egress is empty", async () => {
    const set = 'networkPolicy={"operators":[],"monitoring":[],"egress":{"metering":[]}}';
    const policies = parse((await template([...FITTING, "--set-json", set])).stdout).filter(
      ({ kind }) => kind === "NetworkPolicy",
    );
    const open = policies.flatMap((policy) =>
      policy.spec.ingress
        .filter(({ from }: { from?: readonly unknown[] }) => !from)
        .flatMap(({ ports }: { ports: { port: string }[] }) =>
          ports.map(({ port }) => `${componentOf(policy)} ${port}`),
        ),
    );
    expect(open).toEqual(["data-plane http", "data-plane https"]);
    const metering = policies.find((policy) => componentOf(policy) === "metering");
    expect(metering?.spec).toMatchObject({ policyTypes: ["Ingress", "Egress"] });
    expect(metering?.spec.egress).toHaveLength(2);
  });

  it.each(cases)("of %s are allowed by the Pod Security Standard `restricted`", async (name) => {
    for (const workload of workloadsOf(parse(await render(name)))) {
      const { securityContext } = workload.spec.template.spec;
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        seccompProfile: { type: "RuntimeDefault" },
      });
      expect(containerOf(workload).securityContext).toMatchObject({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ["ALL"] },
      });
    }
  });
});

const refusal = (...sets: readonly string[]) =>
  template([...FITTING, ...sets.flatMap((set) => ["--set-json", set])]).then(
    () => "was rendered",
    (error: { stderr: string }) => error.stderr,
  );

it("can be a dependency of another chart", async () => {
  const outer = join(files, "outer");
  mkdirSync(join(outer, "charts"), { recursive: true });
  cpSync(CHART, join(outer, "charts/tollgate"), { recursive: true });
  writeFileSync(join(outer, "Chart.yaml"), "{ apiVersion: v2, name: outer, version: 0.1.0 }");
  const values = FITTING.map((one) => one.replace("external=", "tollgate.external="));
  const { stdout } = await run(helm, ["template", "release", outer, ...KUBERNETES, ...values]);
  expect(workloadsOf(parse(stdout))).toHaveLength(3);
});

describe("a name", () => {
  const LONGEST = "n".repeat(40);

  it.each([
    ["of a service", "dataPlane.groups.abcdefghijklmnop={}", 63],
    ["of a StatefulSet, whose pods have it in a label", "controlPlane.persistence.enabled=true", 52],
  ])("%s that is too long is refused", async (_what, set, most) => {
    const said = await refusal(`fullnameOverride=${JSON.stringify(LONGEST)}`, set);
    expect(said).toMatch(new RegExp(`makes the name "${LONGEST}-.*: .* ${most} at most`));
  });

  it("that YAML would take for something else stays a string", async () => {
    const values = ["tls.secretName", "controlPlane.httpTls.secretName", "dataPlane.https.secretName"];
    const sets = [...values, "dataPlane.priorityClassName"].flatMap((path) => [
      "--set-json",
      `${path}="123"`,
    ]);
    const rendered = await template([...FITTING, ...sets, "--set-json", "dataPlane.groups.true={}"]);
    const workloads = workloadsOf(parse(rendered.stdout));
    const dataPlane = workloads.find((one) => componentOf(one) === "data-plane") as Manifest;
    expect(dataPlane.spec.selector.matchLabels["tollgate.io/group"]).toBe("true");
    expect(dataPlane.spec.template.spec.priorityClassName).toBe("123");
    const names = workloads
      .flatMap(({ spec }) => spec.template.spec.volumes)
      .flatMap(({ secret }: { secret?: { secretName: string } }) => secret?.secretName ?? []);
    expect(names).toEqual(Array(5).fill("123"));
  });

  it("of an annotation for Prometheus may be set instead of the chart's", async () => {
    const set = 'metering.podAnnotations={"prometheus.io/scrape":"false"}';
    const workloads = workloadsOf(parse((await template([...FITTING, "--set-json", set])).stdout));
    const metering = workloads.find((one) => componentOf(one) === "metering");
    expect(metering?.spec.template.metadata.annotations).toMatchObject({ "prometheus.io/scrape": "false" });
  });
});

describe("a wrong value", () => {
  it("of the list is the only one: the values around it are rendered", async () => {
    expect((await template(FITTING)).stdout).toContain("kind: Deployment");
  });

  it.each(wronglyTyped)("$set has a type or a name that does not exist", async ({ set, says }) => {
    expect(await refusal(set)).toMatch(says);
  });

  it.each(unfit)("$set cannot work", async ({ set, says }) => {
    expect(await refusal(set)).toMatch(says);
  });

  it("is reported together with the others", async () => {
    const said = await template(["--set-json", 'dataPlane.logs="syslog"']).catch(
      (error: { stderr: string }) => error.stderr,
    );
    for (const path of ["external.etcd", "external.kafka", "external.database", "dataPlane.logs"])
      expect(said).toContain(`- ${path}`);
  });
});
