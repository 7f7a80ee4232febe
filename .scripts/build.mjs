// Bundles one process for its image: our own packages in one file, everything from the registry beside it in node_modules. A dependency that
// is not there, because another version of it is, goes into the file too.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const entries = {
  cli: { main: "src/main.ts" },
  "control-plane": { main: "src/main.ts", "test-process": "src/test-invoke/test-process.ts" },
  "data-plane": {
    main: "src/main.ts",
    worker: "src/worker/main.ts",
    "body-process": "src/worker/body-process.ts",
    "watchdog-thread": "src/worker/watchdog-thread.ts",
  },
  metering: { main: "src/main.ts" },
};
const of = (name) => Object.entries(entries[name]).filter(([entry]) => entry !== "main");
entries.standalone = {
  main: "src/main.ts",
  ...Object.fromEntries(
    ["control-plane", "data-plane"].flatMap((part) =>
      of(part).map(([entry, file]) => [entry, `../${part}/${file}`]),
    ),
  ),
  "functions-runtime": "../functions/src/runtime.ts",
};
const name = process.argv[2];
if (!entries[name]) {
  console.error(`node .scripts/build.mjs ${Object.keys(entries).join("|")}`);
  process.exit(2);
}
const folder = join(root, "packages", name);
const outdir = join(folder, "dist");
rmSync(outdir, { recursive: true, force: true });

const registryDependencies = new Set();
const collect = (own) => {
  const { dependencies = {} } = JSON.parse(readFileSync(join(root, "packages", own, "package.json"), "utf8"));
  for (const dependency of Object.keys(dependencies))
    if (dependency.startsWith("@tollgate/")) collect(dependency.slice("@tollgate/".length));
    else if (!existsSync(join(root, "packages", own, "node_modules", dependency)))
      registryDependencies.add(dependency);
};
collect(name);

await build({
  absWorkingDir: folder,
  entryPoints: entries[name],
  outdir,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node24",
  sourcemap: true,
  // A dependency in the file may be CommonJS, which asks for Node's own modules by require.
  banner: {
    js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
  },
  external: [...registryDependencies].flatMap((dependency) => [dependency, `${dependency}/*`]),
  logLevel: "warning",
});
// The descriptors that reflection serves are read beside the bundle.
mkdirSync(join(outdir, "gen"), { recursive: true });
cpSync(join(root, "packages", "proto", "src", "gen", "image.binpb"), join(outdir, "gen", "image.binpb"));
// The handlers of the sample are loaded, not imported.
if (name === "standalone")
  cpSync(join(folder, "src", "sample", "functions"), join(outdir, "functions"), { recursive: true });
