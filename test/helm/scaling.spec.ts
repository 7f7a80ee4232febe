import { mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { parse, stringify } from "yaml";
import { aptInstall, onPath, run } from "../kit/cache.ts";

/* What nodes are scaled by, in Prometheus' own evaluation. */

const SCALING = fileURLToPath(new URL("../../deploy/charts/tollgate/files/scaling.yaml", import.meta.url));
const measures = parse(readFileSync(SCALING, "utf8")) as { readonly target: string; readonly expr: string }[];

/** Of a pod that serves, and of one whose workers have ended after five minutes: what they counted stays, while it sends its usage. */
const SERIES = {
  'tollgate_workers{pod="serves"}': "2x20",
  'tollgate_event_loop_busy_seconds_total{pod="serves"}': "0+60x20",
  'tollgate_event_loop_turns_total{pod="serves"}': "0+6000x20",
  'tollgate_calls_in_flight{pod="serves"}': "7x20",
  'tollgate_connections{pod="serves"}': "40x20",
  'tollgate_workers{pod="ended"}': "2x5 0x14",
  'tollgate_event_loop_busy_seconds_total{pod="ended"}': "0+60x5 300x14",
  'tollgate_event_loop_turns_total{pod="ended"}': "0+6000x5 30000x14",
};
const VALUES: Readonly<Record<string, number>> = {
  eventLoopBusyPercent: 50,
  eventLoopDelayMs: 10,
  callsInFlight: 7,
  connections: 40,
};

it("what a pod is scaled by has a value for each pod that serves, and none for one whose workers have ended", async () => {
  if (!(await onPath("promtool"))) await aptInstall("prometheus");
  const promtool = (await onPath("promtool")) as string;
  using folder = mkdtempDisposableSync(join(tmpdir(), "tollgate-scaling-"));
  const file = join(folder.path, "tests.yaml");
  const input = Object.entries(SERIES).map(([series, values]) => ({ series, values }));
  const queries = measures.map(({ target, expr }) => ({
    expr: expr.replaceAll("SELECTOR", 'pod!=""').replaceAll("BY", "pod"),
    eval_time: "15m",
    exp_samples: [{ labels: '{pod="serves"}', value: VALUES[target] }],
  }));
  // At first, the rates of what has ended are still above 0.
  const atOnce = queries
    .filter((_, i) => measures[i]?.target === "eventLoopBusyPercent")
    .map((query) => ({ ...query, eval_time: "6m" }));
  const tests = [{ interval: "1m", input_series: input, promql_expr_test: [...queries, ...atOnce] }];
  writeFileSync(file, stringify({ tests }));
  const { stdout, stderr } = await run(promtool, ["test", "rules", file]).catch(
    (error: { stdout: string; stderr: string }) => error,
  );
  expect(`${stdout}${stderr}`).toContain("SUCCESS");
});
