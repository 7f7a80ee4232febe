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
  let manifests: { kind: string; spec: any; data: Record<string, string> }[]; // eslint-disable-line typescript/no-explicit-any
  beforeAll(async () => {
    const helm = await goInstall("helm", "helm.sh/helm/v3/cmd/helm@v3.22.0");
    const set = [
      "monitoring.prometheusRule.enabled=true",
      "monitoring.prometheusRule.without={TollgateNoNodes}",
      "monitoring.dashboard.enabled=true",
    ].flatMap((value) => ["--set", value]);
    const values = ["-f", path("test/helm/cases/minimal.values.yaml"), ...set];
    const { stdout } = await run(helm, [
      "template",
      "release",
      CHART,
      "--kube-version",
      "1.33.0",
      "--namespace",
      "gateway",
      ...values,
    ]);
    manifests = parseAllDocuments(stdout).map((document) => document.toJS());
  });
  const named = (kind: string) => manifests.filter((manifest) => manifest?.kind === kind);

  it("makes a rule of each alert but those that are not wanted", () => {
    const rules = named("PrometheusRule").flatMap(({ spec }) =>
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
    const [text = ""] = named("ConfigMap").flatMap(({ data }) => Object.values(data ?? {}));
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
});
