#!/usr/bin/env node
const [major] = process.versions.node.split(".");
if (Number(major) < 24) {
  console.error(`tollgate needs Node 24 or newer, but this is ${process.version}; inside the clone 'npx tollgate' uses the right version`);
  process.exit(2);
}
await import("../src/main.ts");
