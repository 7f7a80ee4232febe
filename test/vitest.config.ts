import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { BaseSequencer, type TestSpecification } from "vitest/node";

const root = fileURLToPath(new URL("..", import.meta.url));
// As by .scripts/run.mjs: the processes of the tests, and those that they start again and again, read what was compiled once.
process.env.NODE_COMPILE_CACHE ??= join(root, "node_modules/.cache/tollgate-compile");
// What is polled has to happen, not soon: a busy machine may take long.
const expectation = { poll: { timeout: 90_000, interval: 20 } };
const setupFiles = ["test/kit/properties.ts"];
const real = { setupFiles, testTimeout: 300_000, hookTimeout: 300_000, expect: expectation };

const gatewaySpecs = globSync("test/spec/**/*.spec.ts", { cwd: root })
  .map((file) => ({ file, text: readFileSync(join(root, file), "utf8") }))
  .filter(({ text }) => text.includes("useGateway("))
  .map(({ file, text }) => ({ file, reason: /useGateway\(\{\s*embeddedOnly:\s*"([^"]+)"/.exec(text)?.[1] }));

/** The files whose gateway cannot be a cluster, with their reasons. */
export const embeddedOnlyFiles = gatewaySpecs.filter(({ reason }) => reason !== undefined);

/** Files that take longer than all others, the longest first: those that begin last would be waited for at the end. */
const LONGEST = [
  "test/e2e/faults.spec.ts",
  "test/e2e/readme.spec.ts",
  "test/e2e/standalone.spec.ts",
  "test/e2e/large.spec.ts",
  "test/e2e/shared-limits.spec.ts",
  "test/spec/nodes/control-planes.spec.ts",
  "test/spec/usage/losses.spec.ts",
  "test/spec/nodes/rollout-waves.spec.ts",
  "test/spec/cloudformation/stacks.spec.ts",
];

/** The longest files begin first: a fresh clone knows of no file how long it takes, and would go by their sizes. */
class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const placeOf = ({ moduleId }: TestSpecification) => {
      const place = LONGEST.findIndex((file) => moduleId.endsWith(file));
      return place === -1 ? LONGEST.length : place;
    };
    return (await super.sort(files)).sort((a, b) => placeOf(a) - placeOf(b));
  }
}

// unit: beside the sources, seconds. spec, e2e and helm: real services, started by test/kit.
// cluster: the specs again, each file against two nodes over etcd, Kafka and PostgreSQL, which are started once.
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        root,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.spec.ts"],
          exclude: ["**/dist/**", "**/node_modules/**"],
          // They leave nothing behind: one process for all of them costs half as much CPU time as one for each.
          isolate: false,
          setupFiles,
          // Finds what hangs: the processes that some start take seconds on a busy machine.
          testTimeout: 30_000,
          hookTimeout: 30_000,
          expect: { poll: { ...expectation.poll, timeout: 20_000 } },
        },
      },
      {
        root,
        test: {
          name: "real",
          include: [
            "test/{spec,behaviour,definitions,templates,differential,examples,e2e,helm,architecture,parity,fuzz,attack,load}/**/*.spec.ts",
          ],
          ...real,
          // Each file starts its own processes. Who runs many files says how many at a time (.scripts/vitest.mjs).
          fileParallelism: false,
        },
      },
      {
        root,
        test: {
          name: "cluster",
          include: gatewaySpecs.filter(({ reason }) => reason === undefined).map(({ file }) => file),
          ...real,
          globalSetup: ["test/kit/services.ts"],
          fileParallelism: false,
        },
      },
    ],
  },
});
