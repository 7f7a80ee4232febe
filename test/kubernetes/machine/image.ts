import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CACHE, run } from "../../kit/cache.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const DOCKERFILE = readFileSync(join(ROOT, "deploy", "docker", "Dockerfile"), "utf8");

/** Image is what a container runs: folders that lie over each other, and what the Dockerfile says of the process. */
export interface Image {
  readonly layers: readonly string[];
  readonly entrypoint: readonly string[];
  readonly workdir: string;
  readonly env: Readonly<Record<string, string>>;
}

const said = (pattern: RegExp): string => {
  const found = pattern.exec(DOCKERFILE)?.[1];
  if (found === undefined) throw new Error(`the Dockerfile has no ${pattern.source}`);
  return found;
};

/** What the Dockerfile's stage `dependencies` installs, once for each lockfile. */
async function dependencies(): Promise<string> {
  const lockfile = readFileSync(join(ROOT, "package-lock.json"));
  const hash = createHash("sha256").update(lockfile).digest("hex").slice(0, 16);
  const folder = join(CACHE, "images", `dependencies-${hash}`);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  const made = mkdtempSync(join(dirname(folder), "new-"));
  const app = join(made, "app");
  const { packages } = JSON.parse(lockfile.toString()) as { packages: Record<string, unknown> };
  const workspaces = Object.keys(packages).filter(
    (path) => path !== "" && !path.includes("node_modules/") && existsSync(join(ROOT, path, "package.json")),
  );
  for (const path of ["", ...workspaces]) {
    mkdirSync(join(app, path), { recursive: true });
    copyFileSync(join(ROOT, path, "package.json"), join(app, path, "package.json"));
  }
  for (const name of ["package-lock.json", ".npmrc"]) copyFileSync(join(ROOT, name), join(app, name));
  await run("npm", ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"], { cwd: app });
  for (const name of ["node_modules/@tollgate", "packages", "test"])
    rmSync(join(app, name), { recursive: true, force: true });
  renameSync(made, folder);
  return folder;
}

/** What the base image has, with the programs and libraries of this machine, which are mounted where the pod starts. */
function base(folder: string): string {
  const layer = join(folder, "base");
  for (const name of ["app", "dev", "etc", "proc", "usr/bin", "usr/lib", "usr/lib64", "usr/local/bin", "tmp"])
    mkdirSync(join(layer, name), { recursive: true });
  chmodSync(join(layer, "tmp"), 0o1777);
  for (const name of ["bin", "lib", "lib64"]) symlinkSync(`usr/${name}`, join(layer, name));
  copyFileSync(process.execPath, join(layer, "usr/local/bin/node"));
  writeFileSync(
    join(layer, "etc/passwd"),
    "root:x:0:0::/root:/bin/sh\ntollgate:x:10001:10001::/home/tollgate:/usr/sbin/nologin\n",
  );
  for (const name of ["hosts", "resolv.conf"]) writeFileSync(join(layer, "etc", name), "");
  return layer;
}

/** Fetches what needs the network: machines have none. */
export async function prepareImages(): Promise<void> {
  await dependencies();
}

/**
 * buildImages lays out what the Dockerfile copies: the bundle of a process in /app/dist, beside the packages from the registry, and Node in its usual place.
 * Nothing else of this repository is in it.
 */
export async function buildImages(
  folder: string,
  names: readonly string[],
): Promise<(name: string) => Image> {
  const [libraries, bottom] = [await dependencies(), base(folder)];
  const build = join(ROOT, ".scripts", "build.mjs");
  for (const name of names) {
    await run(process.execPath, [build, name], { cwd: ROOT });
    cpSync(join(ROOT, "packages", name, "dist"), join(folder, name, "app", "dist"), { recursive: true });
  }
  const entrypoint = JSON.parse(said(/^ENTRYPOINT (\[.*\])$/m)) as string[];
  const env = Object.fromEntries(
    said(/^ENV (.*)$/m)
      .split(" ")
      .map((pair) => pair.split("=") as [string, string]),
  );
  return (image) => {
    const name = /([^/:@]+)([:@][^/]*)?$/.exec(image)?.[1] ?? "";
    if (!names.includes(name)) throw new Error(`there is no image ${image}`);
    return { layers: [join(folder, name), libraries, bottom], entrypoint, workdir: "/app", env };
  };
}
