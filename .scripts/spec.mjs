// npm run spec -- [--cluster] [files]: the specification, on the embedded gateway or on a cluster of two nodes over etcd, Kafka and PostgreSQL.
import { embeddedOnlyFiles } from "../test/vitest.config.ts";
import { summary } from "./summary.mjs";
import { EMBEDDED, runVitest } from "./vitest.mjs";

const args = process.argv.slice(2);
const isCluster = args.includes("--cluster");
const files = args.filter((arg) => arg !== "--cluster");
const { passed, failures, leftOut } = isCluster
  ? await runVitest(["cluster"], files)
  : await runVitest(["real"], [...(files.length > 0 ? files : ["test/spec"]), ...EMBEDDED]);
if (isCluster && files.length === 0)
  leftOut.push(...embeddedOnlyFiles.map(({ file, reason }) => `${file}: ${reason}`));
if (leftOut.length > 0)
  process.stdout.write(`\non embedded parts only (${leftOut.length}):\n  ${leftOut.join("\n  ")}\n`);
process.stdout.write(summary(passed, failures));
process.exit(failures.length === 0 ? 0 : 1);
