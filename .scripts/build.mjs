// Bundles one process for its image. What the bundle does not have in it is beside it in node_modules.
import { join } from "node:path";
import { bundle } from "./bundle.mjs";
import { imageEntries, PROCESSES, root } from "./processes.mjs";

const name = process.argv[2];
if (!PROCESSES.includes(name)) {
  console.error(`node .scripts/build.mjs ${PROCESSES.join("|")}`);
  process.exit(2);
}
await bundle(imageEntries(name), join(root, "packages", name, "dist"), { sourcemap: true });
