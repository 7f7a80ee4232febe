// Generates the proto code aside and compares: what is committed must be what the protos say.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const out = mkdtempSync(join(tmpdir(), "tollgate-gen-"));
process.on("exit", () => rmSync(out, { recursive: true, force: true }));
const template = JSON.stringify({
  version: "v2",
  plugins: [
    { local: "protoc-gen-es", out, opt: ["target=ts", "import_extension=ts", "erasable_syntax=true"] },
  ],
});
const { status } = spawnSync("buf", ["generate", "proto", "--template", template], { stdio: "inherit" });
if (status !== 0) process.exit(1);
const committed = "packages/proto/src/gen";
const listed = (folder) =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter((name) => name.endsWith(".ts"))
    .sort();
const differing = listed(out).filter((name) => {
  try {
    return readFileSync(join(out, name), "utf8") !== readFileSync(join(committed, name), "utf8");
  } catch {
    return true;
  }
});
if (differing.length === 0 && listed(out).length === listed(committed).length) process.exit(0);
process.stderr.write(
  `not as the protos say: ${differing.join(", ") || "files too many"}; run 'npm run generate'\n`,
);
process.exit(1);
