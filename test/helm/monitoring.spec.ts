import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parser } from "@prometheus-io/lezer-promql";
import { beforeAll, describe, expect, it } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { goInstall, run } from "../kit/cache.ts";

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const CHART = path("deploy/charts/tollgate");
const SIGNALS = path("deploy/charts/tollgate/files/signals.yaml");
const NAMES = path("packages/docs/metric-names.md");
const PAGE = path("packages/docs/monitoring.md");

interface Alert {
  readonly name: string;
  readonly is: string;
  readonly for?: string;
  readonly severity: string;
  readonly summary: string;
  readonly action: string;
}
interface Signal {
  readonly title: string;
  readonly queries: readonly { readonly expr: string; readonly legend: string }[];
  readonly alerts?: readonly Alert[];
}

const groups = parse(readFileSync(SIGNALS, "utf8")) as { group: string; signals: Signal[] }[];
const signals = groups.flatMap((group) => group.signals);
const alerts = signals.flatMap((signal) => signal.alerts ?? []);
/** Series of histograms have the name of the metric and what they are. */
const exposed = new Set(
  [...readFileSync(NAMES, "utf8").matchAll(/^\| `(\S+)` /gm)].flatMap(([, name = ""]) =>
    name.endsWith("_milliseconds") ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
  ),
);

/** What nodes are scaled by, with one label and one series in the place of those of each pod. */
const measures = parse(readFileSync(path("deploy/charts/tollgate/files/scaling.yaml"), "utf8")) as {
  readonly target: string;
  readonly metric: string;
  readonly series: string;
  readonly expr: string;
}[];
const defaults = parse(readFileSync(path("deploy/charts/tollgate/values.yaml"), "utf8"));

/** What a PromQL expression reads, and where it is none. */
function readPromql(expr: string) {
  const metrics: string[] = [];
  const errors: string[] = [];
  parser.parse(expr).iterate({
    enter({ type, from, to }) {
      if (type.isError) errors.push(`at ${from}: ${expr.slice(from)}`);
      if (type.name === "VectorSelector") metrics.push(/^\w+/.exec(expr.slice(from, to))?.[0] ?? "");
    },
  });
  return { metrics, errors };
}

describe("the list of signals", () => {
  it("reads metrics that are exposed, of the release alone", () => {
    for (const { expr } of signals.flatMap(({ queries }) => queries)) {
      const { metrics } = readPromql(expr);
      expect(metrics, expr).not.toEqual([]);
      for (const metric of metrics) if (metric !== "up") expect(exposed, expr).toContain(metric);
      expect(expr.split("{SELECTOR").length - 1, expr).toBe(metrics.length);
    }
  });

  it("has an alert a name, and what it says names labels of its query", () => {
    expect(new Set(alerts.map(({ name }) => name)).size).toBe(alerts.length);
    for (const { queries, alerts: own = [] } of signals) {
      const { expr = "" } = queries[0] ?? {};
      const kept = [...(/by \(([^)]*)\)/.exec(expr)?.[1]?.split(", ") ?? [])];
      const isAggregated = /^(sum|max|min|count)\b/.test(expr) && !expr.includes("group_right");
      for (const { name, summary } of own)
        for (const [, label = ""] of summary.matchAll(/\$labels\.(\w+)/g))
          if (isAggregated) expect(kept, name).toContain(label);
          else expect(["pod", "job"], name).toContain(label);
    }
  });

  it("is the page of alerts", () => {
    const page = readFileSync(PAGE, "utf8");
    const tables = groups.flatMap(({ group, signals: own }) => {
      const rows = own.flatMap(({ title, alerts: ofSignal = [] }) =>
        ofSignal.map(
          ({ name, is, for: time, severity, action }) =>
            `| \`${name}\` | ${severity} | ${title} ${is}${time ? ` for ${time}` : ""} | ${action} |`,
        ),
      );
      return rows.length === 0
        ? []
        : ["", `### ${group}`, "", "| alert | severity | when | what to do |", "|---|---|---|---|", ...rows];
    });
    const heading = "## Alerts\n";
    const expected = `${page.slice(0, page.indexOf(heading) + heading.length)}${tables.join("\n")}\n`;
    if (process.env.TOLLGATE_UPDATE_GOLDEN) writeFileSync(PAGE, expected);
    expect(readFileSync(PAGE, "utf8")).toBe(expected);
  });
});

describe("the list of what nodes are scaled by", () => {
  it("has an entry for each target, and reads metrics that are exposed", () => {
    expect(measures.map(({ target }) => target)).toEqual(
      Object.keys(defaults.dataPlane.autoscaling.targets as object),
    );
    for (const { expr, series } of measures) {
      const { metrics, errors } = readPromql(expr.replaceAll("SELECTOR", 'pod="a"').replaceAll("BY", "pod"));
      expect([errors, metrics.filter((name) => !exposed.has(name))], expr).toEqual([[], []]);
      expect(metrics).toContain(series);
      expect([expr.split("{SELECTOR").length - 1, expr.split("by (BY)").length - 1]).toEqual(
        Array(2).fill(metrics.length),
      );
    }
  });
});

interface Rule {
  readonly alert: string;
  readonly expr: string;
}
interface Panel {
  readonly type: string;
  readonly title: string;
  readonly gridPos: { x: number; y: number; w: number; h: number };
  readonly targets?: readonly { expr: string }[];
}

describe("the chart", () => {
  type Manifest = { kind: string; metadata: { name: string }; spec: any; data: Record<string, string> }; // eslint-disable-line typescript/no-explicit-any
  let render: (set: readonly string[]) => Promise<Manifest[]>;
  let manifests: Manifest[];
  beforeAll(async () => {
    const helm = await goInstall("helm", "helm.sh/helm/v3/cmd/helm@v3.22.0");
    render = async (set) => {
      const values = [
        "-f",
        path("test/helm/cases/minimal.values.yaml"),
        ...set.flatMap((value) => ["--set", value]),
      ];
      const version = ["--kube-version", "1.33.0", "--namespace", "gateway"];
      const { stdout } = await run(helm, ["template", "release", CHART, ...version, ...values]);
      return parseAllDocuments(stdout).map((document) => document.toJS() as Manifest);
    };
    manifests = await render([
      "monitoring.prometheusRule.enabled=true",
      "monitoring.prometheusRule.without={TollgateNoNodes}",
      "monitoring.dashboard.enabled=true",
      "monitoring.adapterRules.enabled=true",
      "dataPlane.autoscaling.metricsFrom=adapter",
      "dataPlane.autoscaling.targets.connections=5000",
    ]);
  });
  const of = (kind: string, all = manifests) => all.filter((manifest) => manifest?.kind === kind);

  it("makes a rule of each alert but those that are not wanted", () => {
    const rules = of("PrometheusRule").flatMap(({ spec }) =>
      (spec.groups as { rules: Rule[] }[]).flatMap((group) => group.rules),
    );
    expect(rules.map(({ alert }) => alert)).toEqual(
      alerts.map(({ name }) => name).filter((name) => name !== "TollgateNoNodes"),
    );
    for (const { expr } of rules) {
      expect(readPromql(expr).errors, expr).toEqual([]);
      expect(expr).toContain('job=~"gateway/release-tollgate-');
    }
  });

  it("makes a panel of each signal, none over another", () => {
    const [text = ""] = of("ConfigMap").flatMap(({ data }) => data["release-tollgate.json"] ?? []);
    const panels = (JSON.parse(text) as { panels: Panel[] }).panels;
    const shown = panels.filter(({ type }) => type === "timeseries");
    expect(shown.map(({ title }) => title)).toEqual(signals.map(({ title }) => title));
    for (const { expr } of shown.flatMap(({ targets = [] }) => targets))
      expect(readPromql(expr).errors, expr).toEqual([]);
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)}/${y + Math.floor(at / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
  });

  it("scales nodes by metrics that the rules of the adapter make of them", () => {
    const [text = ""] = of("ConfigMap").flatMap(({ data }) => data["config.yaml"] ?? []);
    const { rules } = parse(text) as { rules: { name: { as: string }; metricsQuery: string }[] };
    const made = rules.map(({ name, metricsQuery }) => {
      const query = metricsQuery
        .replaceAll("<<.LabelMatchers>>", 'pod="a"')
        .replaceAll("<<.GroupBy>>", "pod");
      expect(readPromql(query).errors, query).toEqual([]);
      return name.as;
    });
    const [autoscaler] = of("HorizontalPodAutoscaler");
    if (!autoscaler) throw new Error("there is no autoscaler");
    const pods = (autoscaler.spec.metrics as any[]).flatMap((metric) => metric.pods ?? []); // eslint-disable-line typescript/no-explicit-any
    expect(pods.map(({ metric, target }) => [metric.name, target.averageValue])).toEqual([
      ["tollgate_event_loop_busy_percent", "70"],
      ["tollgate_event_loop_delay_milliseconds", "20"],
      ["tollgate_connections", "5000"],
    ]);
    expect(made).toEqual(expect.arrayContaining(pods.map(({ metric }) => metric.name)));
  });

  it.each([
    [
      false,
      /^release-tollgate-data-plane-6b4c9f7d8-x2x4z$/,
      "release-tollgate-data-plane-private-6b4c9f7d8-x2x4z",
    ],
    [true, /^release-tollgate-data-plane-0$/, "release-tollgate-data-plane-private-0"],
  ])(
    "scales the pods of a workload by KEDA, and counts no others (with volumes: %s)",
    async (hasVolumes, own, other) => {
      const scaled = await render([
        "dataPlane.autoscaling.metricsFrom=keda",
        "dataPlane.autoscaling.prometheus=http://prometheus:9090",
        `dataPlane.persistence.enabled=${hasVolumes}`,
      ]);
      expect(of("HorizontalPodAutoscaler", scaled)).toEqual([]);
      const [object] = of("ScaledObject", scaled);
      const triggers = object?.spec.triggers as { type: string; metadata: Record<string, string> }[];
      expect(triggers.map(({ type, metadata }) => [type, metadata.value ?? metadata.threshold])).toEqual([
        ["cpu", "70"],
        ["prometheus", "70"],
        ["prometheus", "20"],
      ]);
      for (const { metadata } of triggers.slice(1)) {
        const { query = "" } = metadata;
        expect(readPromql(query).errors, query).toEqual([]);
        const pods = new RegExp(`^(?:${/pod=~"([^"]+)"/.exec(query)?.[1]})$`);
        expect([own.source.slice(1, -1), other].map((name) => pods.test(name))).toEqual([true, false]);
      }
    },
  );

  it.each([47, 57, 63])(
    "scales by KEDA also where Kubernetes cuts the names of pods, as that of a workload has %d characters",
    async (length) => {
      const fullname = "r".repeat(length - "-data-plane-internalapi".length);
      const [object] = of(
        "ScaledObject",
        await render([
          "dataPlane.autoscaling.metricsFrom=keda",
          "dataPlane.autoscaling.prometheus=http://prometheus:9090",
          "dataPlane.groups.internalapi.workers=1",
          `fullnameOverride=${fullname}`,
        ]),
      );
      const triggers = object?.spec.triggers as { metadata: { query?: string } }[];
      const [query = ""] = triggers.flatMap(({ metadata }) => metadata.query ?? []);
      const pods = new RegExp(`^(?:${/pod=~"([^"]+)"/.exec(query)?.[1]})$`);
      // As the API server makes names: at most 63 characters, the last 5 of which are drawn.
      const podOf = (hash: string) => `${`${object?.metadata.name}-${hash}-`.slice(0, 58)}x2x4z`;
      expect(object?.metadata.name).toHaveLength(length);
      expect(["6b4c9f7d8b", "6b4c9f7d8"].map((hash) => pods.test(podOf(hash)))).toEqual([true, true]);
    },
  );
});
