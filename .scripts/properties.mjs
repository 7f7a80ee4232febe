// npm run properties -- [--rounds N] [files]: the properties of all specs, each round with inputs of another seed.
import { spawnSync } from "node:child_process";
import { parseArgs } from "node:util";
import { summary } from "./summary.mjs";
import { root, runVitest } from "./vitest.mjs";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: "string", default: "10" } },
});
const rounds = Number(values.rounds);
if (!(Number.isInteger(rounds) && rounds > 0)) {
  process.stderr.write(`--rounds '${values.rounds}' is not a whole number above 0\n`);
  process.exit(2);
}
const listed = spawnSync(
  "git",
  ["grep", "-lE", "fc\\.(assert|sample)\\(|runTargets\\(|\\.contract\\.ts", "--", "*.spec.ts"],
  {
    cwd: root,
    encoding: "utf8",
  },
);
if (positionals.length === 0 && listed.status !== 0) {
  process.stderr.write(
    `git cannot list the specs with properties: ${listed.error?.message ?? listed.stderr}\n`,
  );
  process.exit(2);
}
const files = positionals.length > 0 ? positionals : listed.stdout.trim().split("\n");
for (let round = 1; round <= rounds; round++) {
  const seed = String(Math.floor(Math.random() * 2 ** 31));
  process.env.TOLLGATE_TEST_SEED = seed;
  const { passed, failures } = await runVitest(["unit", "real"], files);
  process.stdout.write(`\nround ${round}, TOLLGATE_TEST_SEED=${seed}:${summary(passed, failures)}`);
  if (failures.length > 0) process.exit(1);
}
