import { existsSync } from "node:fs";
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { aptInstall, CACHE, onceAtATime, onPath, run } from "./cache.ts";

/** pythonVersion is an interpreter of a version, such as "2.7", or of a later one of the same major version: on the path, or among pyenv's. */
export async function pythonVersion(version: string): Promise<string | undefined> {
  const [major = "", minor = ""] = version.split(".");
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), ".pyenv"), "versions");
  const installed = (await readdir(versions).catch(() => [])).filter((name) => name.startsWith(`${major}.`));
  const own = installed.map((name) => join(versions, name, "bin", `python${major}`));
  const check = `import sys; assert sys.version_info[0] == ${major} and sys.version_info[1] >= ${minor}`;
  for (const command of [`python${version}`, `python${major}`, ...own])
    if (
      await run(command, ["-c", check]).then(
        () => true,
        () => false,
      )
    )
      return command;
  return undefined;
}

/**
 * pythonPackage installs packages, separated by blanks, and their programs into a separate environment of an interpreter, once; returns the
 * folder of the programs.
 */
export const pythonPackage = (
  name: string,
  requirements: string,
  program: string,
  python = "python3",
): Promise<string> => onceAtATime(name, () => installPackage(name, requirements, program, python));

async function installPackage(
  name: string,
  requirements: string,
  program: string,
  python: string,
): Promise<string> {
  const folder = join(CACHE, name);
  const programs = join(folder, "bin");
  if (existsSync(join(programs, program))) return programs;
  if (!(await onPath(python))) await aptInstall("python3");
  const makeVenv = () => run(python, ["-m", "venv", folder]);
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
export const pythonSource = (requirement: string): Promise<string> =>
  onceAtATime(requirement, () => unpackSource(requirement));

async function unpackSource(requirement: string): Promise<string> {
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
