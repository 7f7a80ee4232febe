import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { aptInstall, goInstall, onPath, run } from "../kit/cache.ts";
import { ALERT_INPUTS } from "./alert-inputs.ts";

/* The alerts of the chart in Prometheus' own evaluation of rules (promtool test rules). */

const path = (relative: string) => fileURLToPath(new URL(`../../${relative}`, import.meta.url));
const JOB = "gateway/release-tollgate-data-plane";

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Group {
  readonly name: string;
  readonly rules: readonly Rule[];
}

let rules: readonly Rule[] = [];
let groups: readonly Group[] = [];
let promtool = "";
beforeAll(async () => {
  if (!(await onPath("promtool"))) await aptInstall("prometheus");
  promtool = (await onPath("promtool")) as string;
  const helm = await goInstall("helm", "helm.sh/helm/v3/cmd/helm@v3.22.0");
  const namespace = ["--namespace", "gateway", "--kube-version", "1.33.0"];
  const values = [
    "-f",
    path("test/helm/cases/minimal.values.yaml"),
    "--set",
    "monitoring.prometheusRule.enabled=true",
  ];
  const only = ["--show-only", "templates/monitoring/rules.yaml"];
  const args = ["template", "release", path("deploy/charts/tollgate"), ...namespace, ...only, ...values];
  const { stdout } = await run(helm, args);
  groups = (parse(stdout) as { spec: { groups: Group[] } }).spec.groups;
  rules = groups.flatMap((group) => group.rules);
});

/** A series with the labels by which the rules of a release choose theirs. */
const seriesOf = (series: string) =>
  series.includes("job=")
    ? series
    : series.replace("{}", `{job="${JOB}"}`).replace(/\{(?=[^j])/, `{job="${JOB}", `);

const metricOf = (series: string) => series.slice(0, series.indexOf("{"));

/** What an alert is expected to be: rules that do not add series up keep the label of the job. */
function expectedOf({ alert, expr, labels }: Rule) {
  const own = ALERT_INPUTS[alert]?.labels ?? {};
  const hasJob = "pod" in own && !/\bby \(/.test(expr);
  return { exp_labels: { ...labels, ...own, ...(hasJob ? { job: JOB } : {}) } };
}

/** Batches of alerts whose inputs have no metric in common: each test of promtool makes a database of its own. */
function batchesOf(kind: "fires" | "quiet"): readonly (readonly Rule[])[] {
  const batches: { readonly metrics: Set<string>; readonly rules: Rule[] }[] = [];
  for (const rule of rules) {
    const metrics = Object.keys(ALERT_INPUTS[rule.alert]?.[kind] ?? {}).map(metricOf);
    let batch = batches.find((one) => !metrics.some((metric) => one.metrics.has(metric)));
    if (!batch) batches.push((batch = { metrics: new Set(), rules: [] }));
    batch.rules.push(rule);
    for (const metric of metrics) batch.metrics.add(metric);
  }
  return batches.map((batch) => batch.rules);
}

const testOf = (kind: "fires" | "quiet", batch: readonly Rule[]) => ({
  interval: "1m",
  input_series: batch.flatMap(({ alert }) =>
    Object.entries(ALERT_INPUTS[alert]?.[kind] ?? {}).map(([series, values]) => ({
      series: seriesOf(series),
      values,
    })),
  ),
  alert_rule_test: batch.map((rule) => ({
    eval_time: "75m",
    alertname: rule.alert,
    exp_alerts: kind === "fires" ? [expectedOf(rule)] : [],
  })),
});

it("each alert has an input", () => {
  expect(Object.keys(ALERT_INPUTS)).toEqual(rules.map(({ alert }) => alert));
});

it("each alert fires with its input, and not with one that is as it should be", async () => {
  using folder = mkdtempDisposableSync(join(tmpdir(), "tollgate-alerts-"));
  const file = (name: string, content: unknown) => {
    const at = join(folder.path, name);
    writeFileSync(at, stringify(content));
    return at;
  };
  // Summaries are compared by the golden files of the chart.
  const bare = groups.map((group) => ({
    ...group,
    rules: group.rules.map(({ annotations: _, ...rule }) => rule),
  }));
  const checked = await run(promtool, ["check", "rules", file("whole.yaml", { groups })]);
  expect(checked.stdout).toContain(`SUCCESS: ${rules.length} rules found`);
  const tests = (["fires", "quiet"] as const).flatMap((kind) =>
    batchesOf(kind).map((batch) => testOf(kind, batch)),
  );
  const content = { rule_files: [file("rules.yaml", { groups: bare })], evaluation_interval: "1m", tests };
  const { stdout, stderr } = await run(promtool, ["test", "rules", file("tests.yaml", content)]).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  expect(`${stdout}${stderr}`).toContain("SUCCESS");
});
