// Runs a TypeScript entry with the Node of this repository, after installing what the lockfile says if that is not installed.
// Plain JavaScript that also an old Node understands: on a fresh machine it is what runs first.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
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

if (!isInstalled()) {
  process.stderr.write("installing dependencies (only this once) ...\n");
  try {
    execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      cwd: root,
      stdio: ["ignore", 2, 2],
      shell: process.platform === "win32",
    });
  } catch {
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
const child = spawn(node, [join(root, entry), ...args], {
  stdio: "inherit",
  env: {
    NODE_COMPILE_CACHE: compileCache,
    ...process.env,
    PATH: `${bin}${process.platform === "win32" ? ";" : ":"}${process.env.PATH}`,
  },
});
// The child decides what a signal means; this process only passes on what its terminal did not send to both.
for (const signal of ["SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal));
process.on("SIGINT", () => {});
// npm passes a signal on to its shell only, which ends without passing it on: whoever has lost its parent was meant, too.
const parent = process.ppid;
setInterval(() => {
  if (process.ppid !== parent) child.kill("SIGTERM");
}, PARENT_CHECK_MS).unref();
child.on("exit", (code, signal) => {
  if (signal) process.kill(process.pid, signal);
  else process.exit(code ?? 1);
});
