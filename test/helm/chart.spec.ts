import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { goInstall, run } from "../kit/cache.ts";

const CHART = fileURLToPath(new URL("../../deploy/charts/tollgate", import.meta.url));
const CASES = fileURLToPath(new URL("./cases/", import.meta.url));
const KUBERNETES = ["--kube-version", "1.33.0"];
/** Set to rewrite the golden files; read the difference before you commit it. */
const UPDATE = process.env.TOLLGATE_UPDATE_GOLDEN === "1";

interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: Record<string, any>; // eslint-disable-line typescript/no-explicit-any
}

let helm: string;
beforeAll(async () => {
  helm = await goInstall("helm", "helm.sh/helm/v3/cmd/helm@latest");
});

const cases = readdirSync(CASES)
  .filter((name) => name.endsWith(".values.yaml"))
  .map((name) => name.replace(".values.yaml", ""));
const render = async (name: string) =>
  (await run(helm, ["template", "release", CHART, ...KUBERNETES, "-f", `${CASES}${name}.values.yaml`]))
    .stdout;
const parse = (text: string) =>
  parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest)
    .filter(Boolean);

describe("the chart", () => {
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

  it("gives every process what the others expect of it", async () => {
    const manifests = parse(await render("minimal"));
    const named = (kind: string, name: string) =>
      manifests.find((m) => m.kind === kind && m.metadata.name === name) as Manifest;
    const env = (m: Manifest) =>
      Object.fromEntries(
        (m.spec.template.spec.containers[0].env as { name: string; value: string }[]).map(
          ({ name, value }) => [name, value],
        ),
      );
    const dataPlane = named("Deployment", "release-tollgate-data-plane");
    const controlService = named("Service", "release-tollgate-control-plane");
    expect(env(dataPlane).TOLLGATE_CONTROL_PLANE).toBe(
      `${controlService.metadata.name}:${controlService.spec.ports[0].port}`,
    );
    expect(env(dataPlane).TOLLGATE_KAFKA).toBe("kafka-0:9092,kafka-1:9092");
    expect(env(named("Deployment", "release-tollgate-control-plane")).TOLLGATE_ETCD).toBe(
      "http://etcd-0.etcd:2379,http://etcd-1.etcd:2379",
    );
    expect(named("HorizontalPodAutoscaler", "release-tollgate-data-plane").spec.scaleTargetRef).toMatchObject(
      { kind: "Deployment", name: "release-tollgate-data-plane" },
    );
    expect(named("PodDisruptionBudget", "release-tollgate-data-plane").spec.maxUnavailable).toBe(1);
    // 5 s delay + 30 s drain + 15 s for the last usage events.
    expect(dataPlane.spec.template.spec.terminationGracePeriodSeconds).toBe(50);
    for (const workload of [dataPlane, named("Deployment", "release-tollgate-metering")])
      for (const selector of Object.entries(workload.spec.selector.matchLabels as object))
        expect(Object.entries(workload.spec.template.metadata.labels as object)).toContainEqual(selector);
  });

  it.each([
    {
      title: "etcd is missing",
      set: "external.kafka={k:9092},external.database.url=postgres://d",
      says: /external\.etcd is empty: set the URLs/,
    },
    {
      title: "Kafka is missing",
      set: "external.etcd={http://e:2379},external.database.url=postgres://d",
      says: /external\.kafka is empty/,
    },
    {
      title: "the database is missing",
      set: "external.etcd={http://e:2379},external.kafka={k:9092}",
      says: /external\.database is empty/,
    },
    {
      title: "etcd is no URL",
      set: "external.etcd={etcd:2379},external.kafka={k:9092},external.database.url=postgres://d",
      says: /etcd/,
    },
    { title: "an unknown external is given", set: "external.mysql=x", says: /mysql/ },
  ])("refuses, and says why, when $title", async ({ set, says }) => {
    const error = await run(helm, ["template", "release", CHART, ...KUBERNETES, "--set", set]).then(
      () => "was rendered",
      (e: { stderr: string }) => e.stderr,
    );
    expect(error).toMatch(says);
  });
});
