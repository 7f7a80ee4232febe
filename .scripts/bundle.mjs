// Bundles processes: our own packages and what they use of the registry, in few files. A process that reads one file starts in half of the
// CPU time that it takes to find, read and link a thousand.
import { cpSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { root } from "./processes.mjs";

const packages = join(root, "packages");

/** What reads files of its own package. */
const READS_FILES = ["etcd3", "pdfkit", "dejavu-fonts-ttf", "swagger-ui-dist", "jsonc-parser"];
/** CommonJS that is imported when it is needed: a bundle of it exports nothing but "default". */
const IMPORTED_LATER = ["@redis/client", "acme-client", "nodemailer", "@opentelemetry"];
/** What stays beside the bundles, in node_modules. */
const BESIDE = [...READS_FILES, ...IMPORTED_LATER];

/** bundle makes the folder of some bundles, given by their names and their files in packages/. */
export async function bundle(entries, outdir, options = {}) {
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: root,
    entryPoints: Object.fromEntries(
      Object.entries(entries).map(([name, file]) => [name, join(packages, file)]),
    ),
    outdir,
    bundle: true,
    // What is imported when it is needed is a file of its own. All are in one folder: what is read beside a bundle is found from each.
    splitting: true,
    chunkNames: "part-[hash]",
    platform: "node",
    format: "esm",
    target: "node24",
    // What is CommonJS asks for Node's own modules by require.
    banner: {
      js: 'import { createRequire as requireFrom } from "node:module"; const require = requireFrom(import.meta.url);',
    },
    external: BESIDE.flatMap((dependency) => [dependency, `${dependency}/*`]),
    // Libraries go by the names of their classes.
    keepNames: true,
    logLevel: "warning",
    ...options,
  });
  // Else Node reads each file twice to find out what it is.
  writeFileSync(join(outdir, "package.json"), '{ "type": "module" }\n');
  // The descriptors that reflection serves are read beside the bundle.
  mkdirSync(join(outdir, "gen"), { recursive: true });
  cpSync(join(packages, "proto", "src", "gen", "image.binpb"), join(outdir, "gen", "image.binpb"));
  // The handlers of the sample are loaded, not imported.
  if (Object.values(entries).includes("standalone/src/main.ts"))
    cpSync(join(packages, "standalone", "src", "sample", "functions"), join(outdir, "functions"), {
      recursive: true,
    });
}
