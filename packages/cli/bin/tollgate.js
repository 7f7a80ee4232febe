#!/usr/bin/env node
import module from "node:module";
import { fileURLToPath } from "node:url";

const [major] = process.versions.node.split(".");
if (Number(major) < 24) {
  console.error(`tollgate needs Node 24 or newer, but this is ${process.version}; inside the clone 'npx tollgate' uses the right version`);
  process.exit(2);
}
// What an earlier run compiled is read; where nothing can be written, Node goes on without it.
module.enableCompileCache(fileURLToPath(new URL("../../../node_modules/.cache/tollgate-compile", import.meta.url)));
await import("../src/main.ts");
