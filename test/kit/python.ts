import { existsSync } from "node:fs";
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

const AWS_CLI = "1.46.3";

/** awsCli is the folder of the `aws` command. */
export const awsCli = (): Promise<string> => pythonPackage(`awscli-${AWS_CLI}`, `awscli==${AWS_CLI}`, "aws");
