import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it, vi } from "vitest";
import { readTexts } from "./manifest-file.ts";
import { createProgram } from "./program.ts";
import { readDefaults } from "./settings.ts";

/** Nothing listens there. */
const NOWHERE = { TOLLGATE_GRPC_PORT: "1", TOLLGATE_METERING_PORT: "1" };

/** What a command prints. */
async function printed(...args: readonly string[]): Promise<string> {
  let text = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    text += String(chunk);
    return true;
  });
  try {
    const program = await createProgram(readDefaults(NOWHERE), args);
    await program.parseAsync([...args], { from: "user" });
  } catch {
    // Exit codes are what other tests are about.
  } finally {
    write.mockRestore();
  }
  return text;
}

it.each<readonly [command: string, shown: RegExp]>([
  ["version", /^tollgate \d+\.\d+\.\d+, control plane not reached at /],
  ["status", /control plane +unreachable/],
  ["completion bash", /^complete .*-F _tollgate/m],
  ["completion zsh", /compinit/],
  ["explain apikey.enabled", /^ApiKey\.enabled: boolean \(default: true\)/],
  ["explain usageplan.apiStages", /^UsagePlan\.apiStages: list/],
  ["schema apikey", /"\$schema": "https:\/\/json-schema\.org\/draft\/2020-12\/schema"/],
])("tollgate %s needs no gateway", async (command, shown) => {
  expect(await printed(...command.split(" "))).toMatch(shown);
});

it("a folder stands for the manifests in it", () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-newcomer-"));
  try {
    for (const name of ["b.yaml", "a.json", "notes.txt"]) writeFileSync(join(folder, name), "[]");
    expect(readTexts([folder]).map(({ file }) => file)).toEqual([
      join(folder, "a.json"),
      join(folder, "b.yaml"),
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it("whoever stops reading the output gets no stack trace", () => {
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const { status, stdout, stderr } = spawnSync(
    "sh",
    ["-c", `"$0" --no-warnings "$1" schema | head -1`, process.execPath, main],
    { encoding: "utf8" },
  );
  expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: "{\n", stderr: "" });
});
