import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { CACHE, onceAtATime, run } from "./cache.ts";

/** Checkout is a part of a public repository at one commit. */
export interface Checkout {
  /** Such as "localstack/localstack", of GitHub. */
  readonly name: string;
  /** 40 hex digits. */
  readonly commit: string;
  /** What of it is needed: folders, or files in the root. */
  readonly paths: readonly string[];
}

/** publicRepository is the folder of a checkout that git makes, once. */
export const publicRepository = (checkout: Checkout): Promise<string> =>
  onceAtATime(checkout.name, () => fetchRepository(checkout));

async function fetchRepository({ name, commit, paths }: Checkout): Promise<string> {
  const folder = join(CACHE, "repositories", `${name.replace("/", "-")}-${commit.slice(0, 12)}`);
  if (existsSync(folder)) return folder;
  const part = `${folder}.part`;
  await rm(part, { recursive: true, force: true });
  await mkdir(part, { recursive: true });
  const git = (...args: readonly string[]) => run("git", ["-C", part, ...args], { maxBuffer: 64 << 20 });
  await git("init", "--quiet");
  await git("sparse-checkout", "set", "--skip-checks", ...paths);
  await git("remote", "add", "origin", `https://github.com/${name}`);
  await git("fetch", "--quiet", "--depth", "1", "--filter=blob:none", "origin", commit);
  await git("checkout", "--quiet", "FETCH_HEAD");
  await rename(part, folder);
  return folder;
}
