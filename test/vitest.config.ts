import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const root = fileURLToPath(new URL("..", import.meta.url));

// unit: beside the sources, seconds. spec, e2e and helm: real services, started by test/kit.
export default defineConfig({
  test: {
    projects: [
      {
        root,
        test: {
          name: "unit",
          include: ["packages/*/src/**/*.spec.ts"],
          exclude: ["**/dist/**", "**/node_modules/**"],
          // They leave nothing behind: one process for all of them costs half as much CPU time as one for each.
          isolate: false,
        },
      },
      {
        root,
        test: {
          name: "real",
          include: [
            "test/{spec,behaviour,definitions,templates,differential,examples,e2e,helm,architecture,parity,fuzz}/**/*.spec.ts",
          ],
          testTimeout: 120_000,
          hookTimeout: 300_000,
          // Each file starts processes of its own; two cores serve one file at a time best.
          fileParallelism: false,
        },
      },
    ],
  },
});
