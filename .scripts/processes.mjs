// The processes of the product, and the files that they start besides their own.
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const CONTROL = { "test-process": "control-plane/src/test-invoke/test-process.ts" };
const NODE = {
  worker: "data-plane/src/worker/main.ts",
  "body-process": "data-plane/src/worker/body-process.ts",
  "watchdog-thread": "data-plane/src/worker/watchdog-thread.ts",
};
/** What each process starts besides its main.ts: names of bundles, and their files in packages/. */
const STARTED = {
  cli: {},
  "control-plane": CONTROL,
  "data-plane": NODE,
  metering: {},
  standalone: { ...CONTROL, ...NODE, "functions-runtime": "functions/src/runtime.ts" },
};

export const PROCESSES = Object.keys(STARTED);
const mainOf = (name) => `${name}/src/main.ts`;

/** What the image of a process has: its main.ts is the bundle "main". */
export const imageEntries = (name) => ({ main: mainOf(name), ...STARTED[name] });

/** All processes in one folder: each main.ts is a bundle with the name of its process. */
export const allEntries = () =>
  Object.fromEntries(PROCESSES.flatMap((name) => [[name, mainOf(name)], ...Object.entries(STARTED[name])]));

/** Where a run of tests has all processes. */
export const TEST_BUNDLES = join(root, "node_modules", ".cache", "tollgate-bundles");
