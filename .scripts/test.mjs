// npm test [-- files]: typecheck, lint, formatting, the proto checks and every test; ends with "N passed, N failed".
import { spawnSync } from "node:child_process";
import { stripVTControlCharacters } from "node:util";
import { bundle } from "./bundle.mjs";
import { allEntries, TEST_BUNDLES } from "./processes.mjs";
import { summary } from "./summary.mjs";
import { EMBEDDED, root, runVitest, UNIT, WHOLE_PROCESSES } from "./vitest.mjs";

/** The part of test/spec that runs on a cluster as well: what is another thing there than on embedded parts. */
const ON_CLUSTER = [
  "control-api/apply", // transactions of etcd, and what is read back
  "control-api/auto-deploy", // deployments that follow writes
  "rest-api/stages", // deployments, canaries and rollback, as nodes see them
  "rest-api/usage-plans", // keys, which nodes ask for
  "rest-api/iam-authorization", // users and their policies, which nodes ask for too
  "http-api/routing", // domains, and usage that is counted
].map((name) => `test/spec/${name}.spec.ts`);

const filters = process.argv.slice(2);
let passed = 0;
const failures = [];

/** Runs one part and prints how long it took. */
async function part(name, run) {
  const started = performance.now();
  const counts = await run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${counts.failures.length === 0 ? "ok" : "FAILED"}  ${name} (${seconds} s)\n`);
  passed += counts.passed;
  failures.push(...counts.failures);
}

const step = (name, command, args) =>
  part(name, () => {
    const { status, signal, stdout, stderr, error } = spawnSync(command, args, {
      cwd: root,
      encoding: "utf8",
      // What prints more than a megabyte has not failed by that.
      maxBuffer: Number.POSITIVE_INFINITY,
    });
    const text = `${stdout ?? ""}${stderr ?? ""}`;
    process.stdout.write(text);
    if (status === 0) return { passed: 1, failures: [] };
    const why = error?.message ?? `ended with ${signal ?? status}`;
    return { passed: 0, failures: [{ file: name, name: why, text: stripVTControlCharacters(text) }] };
  });

/** From here on the processes that tests start run from bundles, as they do in images: they start in half the CPU time. */
async function runBundles() {
  try {
    await bundle(allEntries(), TEST_BUNDLES);
  } catch (error) {
    return { passed: 0, failures: [{ file: "bundles of all processes", text: String(error) }] };
  }
  const loaded = `--import=${new URL("run-bundles.mjs", import.meta.url)}`;
  process.env.NODE_OPTIONS = `${process.env.NODE_OPTIONS ?? ""} ${loaded}`.trim();
  return { passed: 1, failures: [] };
}

if (filters.length === 0) {
  await step("typecheck", "tsc", ["--noEmit", "-p", "."]);
  await step("lint", "oxlint", ["--type-aware", "--deny-warnings", "--quiet"]);
  await step("format and order of imports", "biome", ["check", "--reporter=summary"]);
  await step("proto lint", "buf", ["lint", "proto"]);
  await step("proto breaking", "node", [".scripts/proto-breaking.mjs"]);
  await step("generated code is current", "node", [".scripts/generated.mjs"]);
  await part("unit specs", () => runVitest(["unit"], UNIT));
  await part("bundles of all processes", runBundles);
  await part("specs on embedded parts", () => runVitest(["real"], ["test/spec", ...EMBEDDED]));
  // Beside each other: both wait for processes more than they work.
  const isHeld = true;
  await Promise.all([
    part("specs of whole processes", () =>
      runVitest(["real"], ["--exclude=test/spec/**", ...WHOLE_PROCESSES]),
    ),
    part("specs on a cluster", () => runVitest(["cluster"], ON_CLUSTER, { isHeld })),
  ]);
} else await part("specs", () => runVitest(["unit", "real"], filters));

process.stdout.write(summary(passed, failures));
process.exit(failures.length === 0 ? 0 : 1);
