// Runs a TypeScript entry with the Node of this repository, after installing what the lockfile says if that is not installed.
// Plain JavaScript that also an old Node understands: on a fresh machine it is what runs first.
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const PARENT_CHECK_MS = 250;
const stamp = join(root, "node_modules", ".cache", "tollgate-install");
const wanted = createHash("sha256")
  .update(readFileSync(join(root, "package-lock.json")))
  .digest("hex");

function isInstalled() {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === wanted;
}

/** What runs at the moment. */
let child;
// The child decides what a signal means; this process only passes on what its terminal did not send to both.
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
process.on("SIGINT", () => {});
// npm passes a signal on to its shell only, which ends without passing it on: whoever has lost its parent was meant, too.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) child.kill("SIGTERM");
}, PARENT_CHECK_MS).unref();

/** Runs a command to its end, and ends with it if a signal ended it. Returns its exit code. */
async function run(command, args, options) {
  child = spawn(command, args, options);
  const [code, signal] = await once(child, "exit");
  if (!signal) return code;
  for (const name of [signal, "SIGINT"]) process.removeAllListeners(name);
  process.kill(process.pid, signal);
  // The signal comes with the next turn of the event loop.
  return new Promise(() => setTimeout(() => {}, 60_000));
}

if (!isInstalled()) {
  process.stderr.write("installing dependencies (only this once) ...\n");
  const failed = await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
    shell: process.platform === "win32",
  }).catch((error) => error.message);
  if (failed) {
    process.stderr.write(
      "npm ci failed: see above. Tollgate needs npm and the npm registry to install itself.\n",
    );
    process.exit(1);
  }
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, wanted);
}

const bin = join(root, "node_modules", ".bin");
const local = join(bin, process.platform === "win32" ? "node.exe" : "node");
const node = existsSync(local) ? local : process.execPath;
const [entry, ...args] = process.argv.slice(2);
// All processes that it starts inherit it: what one has compiled is read by the next ones, which start in half the time.
const compileCache = join(root, "node_modules", ".cache", "tollgate-compile");
const code = await run(node, [join(root, entry), ...args], {
  stdio: "inherit",
  env: {
    NODE_COMPILE_CACHE: compileCache,
    ...process.env,
    PATH: `${bin}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}`,
  },
});
process.exit(code ?? 1);
