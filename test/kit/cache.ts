import { execFile } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export const run = promisify(execFile);

/** Where services that had to be built or fetched are kept, for every clone on this machine. */
export const CACHE = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "tollgate");
export const BIN = join(CACHE, "bin");

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
  await run("apt-get", ["update", "-qq"], { env });
  const wait = ["-o", "DPkg::Lock::Timeout=300"];
  await run("apt-get", [...wait, "install", "-y", "-qq", "--no-install-recommends", name], { env });
}

/** goInstall builds a Go program from its module, once. */
export async function goInstall(binary: string, module: string): Promise<string> {
  const path = join(BIN, binary);
  if (existsSync(path)) return path;
  if (!(await onPath("go")))
    throw new Error(`please install ${binary}, or Go so that it can be built: it is needed by the tests`);
  mkdirSync(BIN, { recursive: true });
  await run("go", ["install", module], { env: { ...process.env, GOBIN: BIN, GOFLAGS: "-buildvcs=false" } });
  return path;
}
