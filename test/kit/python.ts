import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { aptInstall, CACHE, onPath, run } from "./cache.ts";

/** pythonPackage installs packages, separated by blanks, and their programs into a separate environment, once; returns the folder of the programs. */
export async function pythonPackage(name: string, requirements: string, program: string): Promise<string> {
  const folder = join(CACHE, name);
  const programs = join(folder, "bin");
  if (existsSync(join(programs, program))) return programs;
  if (!(await onPath("python3"))) await aptInstall("python3");
  const makeVenv = () => run("python3", ["-m", "venv", folder]);
  await makeVenv().catch(async () => {
    await aptInstall("python3-venv");
    await makeVenv();
  });
  await run(join(programs, "pip"), ["install", "-q", ...requirements.split(" ")], { maxBuffer: 64 << 20 });
  return programs;
}

/** What pip asks the builders of source distributions for, besides the distribution. */
const BUILDERS = "hatchling==1.33.0 hatch-vcs==0.5.0 hatch-fancy-pypi-readme==25.1.0 setuptools==80.9.0";

/** pythonSource is the folder of a package's source distribution, unpacked: it has what is not installed, its tests for one. */
export async function pythonSource(requirement: string): Promise<string> {
  const folder = join(CACHE, "sources", requirement);
  if (existsSync(folder)) return folder;
  const programs = await pythonPackage("python-builders", BUILDERS, "hatchling");
  const unpacked = `${folder}.part`;
  await rm(unpacked, { recursive: true, force: true });
  await mkdir(unpacked, { recursive: true });
  const download = ["download", "-q", "--no-deps", "--no-build-isolation", "--no-binary", ":all:"];
  await run(join(programs, "pip"), [...download, "-d", unpacked, requirement], { maxBuffer: 64 << 20 });
  const [archive = ""] = await readdir(unpacked);
  await run("tar", ["-xzf", join(unpacked, archive), "-C", unpacked, "--strip-components", "1"]);
  await rename(unpacked, folder);
  return folder;
}

const AWS_CLI = "1.46.3";

/** awsCli is the folder of the `aws` command. */
export const awsCli = (): Promise<string> => pythonPackage(`awscli-${AWS_CLI}`, `awscli==${AWS_CLI}`, "aws");
