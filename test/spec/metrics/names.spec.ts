import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { type MetricName, metricDescriptions } from "@tollgate/telemetry";
import { mock } from "../../kit/rest-api.ts";
import { useGateway } from "../../kit/use.ts";

const PAGE = fileURLToPath(new URL("../../../packages/docs/metric-names.md", import.meta.url));

const gateway = useGateway();

/** A name without what the exporter appends to it. */
const base = (name: string): string =>
  name.replace(/_total$/, "").replace(/_(bytes|milliseconds|seconds)$/, "");
const sanitized = (name: string): string => name.replaceAll(/[^A-Za-z0-9]/g, "_").replace(/^(?=\d)/, "_");

/** The metrics of a scrape with their descriptions. */
const exposedIn = (text: string): ReadonlyMap<string, string> =>
  new Map(
    [...text.matchAll(/^# HELP (\S+) (.*)$/gm)]
      .map(([, name = "", description = ""]) => [name, description] as const)
      .filter(([name]) => name !== "target_info"),
  );

const rowsOf = (page: string): ReadonlyMap<string, string> =>
  new Map(
    [...page.matchAll(/^\| `(\S+)` \| (.*) \|$/gm)].map(([, name = "", what = ""]) => [name, what] as const),
  );

it("the page of names has every metric, by the name that it is exposed by", async () => {
  const api = await gateway.deploy({ "GET /x": mock("x") });
  await gateway.invoke(api, "/x");
  const control = await (await fetch(`${gateway.controlUrl}/metrics`)).text();
  const exposed = new Map([...exposedIn(await gateway.metrics()), ...exposedIn(control)]);
  expect([...exposed.keys()]).toEqual(
    expect.arrayContaining(["Latency_milliseconds", "Count_total", "tollgate_store_size_bytes"]),
  );
  const page = readFileSync(PAGE, "utf8");
  const rows = rowsOf(page);
  const wanted = (Object.keys(metricDescriptions) as MetricName[]).map((metric) => {
    const isIts = (name: string) => base(name) === sanitized(metric);
    const name = [...exposed.keys()].find(isIts) ?? [...rows.keys()].find(isIts) ?? sanitized(metric);
    return `| \`${name}\` | ${metricDescriptions[metric]} |`;
  });
  const expected = `${page.slice(0, page.indexOf("|---|---|\n") + 10)}${wanted.join("\n")}\n`;
  if (process.env.TOLLGATE_UPDATE_GOLDEN) writeFileSync(PAGE, expected);
  expect(readFileSync(PAGE, "utf8")).toBe(expected);
});
