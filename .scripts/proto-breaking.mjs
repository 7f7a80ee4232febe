// Compares the protos with those of the last release, where there is one: a wire contract that operators hold must not break.
import { spawnSync } from "node:child_process";

const git = (...args) => spawnSync("git", args, { encoding: "utf8" });
const tag = git("describe", "--tags", "--abbrev=0", "--match", "v*").stdout.trim();
// Before the first release there is nobody to break; a shallow or exported tree has nothing to compare with.
if (!tag) {
  process.stdout.write("no release to compare with yet\n");
  process.exit(0);
}
const { status } = spawnSync("buf", ["breaking", "proto", "--against", `.git#tag=${tag},subdir=proto`], {
  stdio: "inherit",
});
process.exit(status ?? 1);
