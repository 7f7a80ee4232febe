// Loaded into each process of a run of tests (NODE_OPTIONS): a process of the product that was started from its sources runs from its bundle.
import { registerHooks } from "node:module";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { isMainThread } from "node:worker_threads";
import { allEntries, root, TEST_BUNDLES } from "./processes.mjs";

const packages = join(root, "packages");

if (isMainThread && process.argv[1]?.startsWith(packages + sep)) {
  const urlOf = (...path) => pathToFileURL(join(...path)).href;
  const bundles = new Map(
    Object.entries(allEntries()).map(([name, file]) => [
      urlOf(packages, file),
      urlOf(TEST_BUNDLES, `${name}.js`),
    ]),
  );
  const hooks = registerHooks({
    resolve(specifier, context, next) {
      const resolved = next(specifier, context);
      const url = bundles.get(resolved.url);
      if (!url) return resolved;
      hooks.deregister();
      return { url, format: "module", shortCircuit: true };
    },
  });
}
