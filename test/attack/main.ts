import { parseArgs } from "node:util";
import { type Gateway, startGateway } from "../kit/gateway.ts";
import { areas } from "./areas.ts";
import { type AreaReport, GATEWAY_ENV, runArea } from "./run-area.ts";

const { values } = parseArgs({
  options: {
    area: { type: "string", multiple: true },
    only: { type: "string", default: "" },
    seed: { type: "string", default: "1" },
    quick: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
const wanted = values.area ?? areas.map(({ name }) => name);
const unknown = wanted.filter((name) => !areas.some((area) => area.name === name));
if (values.help || unknown.length > 0) {
  console.log("npm run attack -- [--area NAME]... [--only PART OF A CASE] [--seed N] [--quick] [--json]\n");
  for (const { name, what } of areas) console.log(`  ${name.padEnd(12)} ${what}`);
  if (unknown.length > 0) console.error(`\nno such area: ${unknown.join(", ")}`);
  process.exit(unknown.length > 0 ? 2 : 0);
}

await using scope = new AsyncDisposableStack();
let shared: Promise<Gateway> | undefined;
const gateway = () => (shared ??= startGateway(GATEWAY_ENV).then((started) => scope.use(started)));

const line = (cells: readonly (string | number)[]) =>
  cells.map((cell, i) => (i === 0 ? String(cell).padEnd(12) : String(cell).padStart(8))).join(" ");

const show = (name: string, cases: number, failed: number, seconds: number) => {
  if (!values.json) console.log(line([name, cases, cases - failed, failed, seconds.toFixed(1)]));
};

const startedMs = performance.now();
const reports: AreaReport[] = [];
if (!values.json) console.log(line(["area", "cases", "held", "failed", "seconds"]));
for (const area of areas.filter(({ name }) => wanted.includes(name))) {
  const report = await runArea(area, {
    seed: Number(values.seed),
    quick: values.quick,
    gateway,
    only: values.only,
  });
  reports.push(report);
  show(report.name, report.cases, report.failures.length, report.seconds);
}
const failures = reports.flatMap((report) => report.failures);
const cases = reports.reduce((sum, report) => sum + report.cases, 0);
show("all", cases, failures.length, (performance.now() - startedMs) / 1000);
if (values.json) console.log(JSON.stringify({ seed: Number(values.seed), areas: reports }));
else {
  const notes = reports.flatMap((report) => report.notes);
  if (notes.length > 0) console.log(`\n${notes.join("\n")}`);
  for (const failure of failures) console.log(`\n${failure}`);
}
await scope.disposeAsync();
process.exit(failures.length === 0 ? 0 : 1);
