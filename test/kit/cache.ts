import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { openLock } from "@tollgate/telemetry";

export const run = promisify(execFile);

/** Where services that had to be built or fetched are kept, for every clone on this machine. */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tollgate");
export const BIN = join(CACHE, "bin");

const LOCK_RETRY_MS = 200;

/**
 * onceAtATime does what only one process of this machine may do at a time, such as to make something in the cache: on a machine that has
 * nothing yet, several of them need the same, and none may take for whole what another has half made.
 */
export async function onceAtATime<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = join(CACHE, "locks");
  mkdirSync(locks, { recursive: true });
  const file = join(locks, name.replaceAll(/[^\w.-]/g, "_"));
  let lock = openLock(file, "exclusive", 0);
  for (; !lock; lock = openLock(file, "exclusive", 0)) await delay(LOCK_RETRY_MS);
  try {
    return await work();
  } finally {
    lock[Symbol.dispose]();
  }
}

/** onPath is the first of the given commands that is installed. */
export async function onPath(...commands: readonly string[]): Promise<string | undefined> {
  for (const command of commands) {
    const found = await run("sh", ["-c", `command -v ${command}`]).then(
      (r) => r.stdout.trim(),
      () => "",
    );
    if (found) return found;
  }
  return undefined;
}

/** aptInstall fetches a Debian package where that is possible. */
export async function aptInstall(name: string): Promise<void> {
  if (process.getuid?.() !== 0 || !(await onPath("apt-get")))
    throw new Error(`please install ${name}: it is needed by the tests`);
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const wait = ["-o", "DPkg::Lock::Timeout=300"];
  await onceAtATime("apt", async () => {
    await run("apt-get", ["update", "-qq"], { env });
    await run("apt-get", [...wait, "install", "-y", "-qq", "--no-install-recommends", name], { env });
  });
}

/** goMake makes a Go program in BIN, once. */
const goMake = (binary: string, make: (go: string, path: string) => Promise<unknown>): Promise<string> =>
  onceAtATime(binary, async () => {
    const path = join(BIN, binary);
    if (existsSync(path)) return path;
    const go = await onPath("go", "/usr/local/go/bin/go");
    if (!go)
      throw new Error(`please install ${binary}, or Go so that it can be built: it is needed by the tests`);
    mkdirSync(BIN, { recursive: true });
    await make(go, path);
    return path;
  });

/** goInstall builds a Go program from its module, once. */
export const goInstall = (binary: string, module: string): Promise<string> =>
  goMake(binary, (go) =>
    run(go, ["install", module], { env: { ...process.env, GOBIN: BIN, GOFLAGS: "-buildvcs=false" } }),
  );

/** goBuild builds a Go program of this repository that needs nothing but Go, once for each state of its sources. */
export async function goBuild(name: string, folder: string): Promise<string> {
  const hash = createHash("sha256");
  for (const file of readdirSync(folder).sort()) hash.update(file).update(readFileSync(join(folder, file)));
  return goMake(`${name}-${hash.digest("hex").slice(0, 12)}`, (go, path) =>
    run(go, ["build", "-buildvcs=false", "-o", path, "."], { cwd: folder }),
  );
}
