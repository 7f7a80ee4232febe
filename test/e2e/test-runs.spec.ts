import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const script = (name: string, args: readonly string[], env: NodeJS.ProcessEnv = process.env) =>
  spawnSync(process.execPath, [`.scripts/${name}.mjs`, ...args], { cwd: root, encoding: "utf8", env });

it("a run whose vitest cannot be started has failed, and says so at its end", () => {
  const { status, stdout } = script("spec", ["none"], { ...process.env, PATH: "/nowhere" });
  expect(stdout).toMatch(/FAILED {2}vitest > real\n {2}spawn vitest ENOENT\n0 passed, 1 failed\n$/);
  expect(status).toBe(1);
});

it.each(["many", "0", "1.5"])(
  "a run of '%s' rounds of properties is refused: it would show nothing",
  (rounds) => {
    const { status, stderr } = script("properties", ["--rounds", rounds]);
    expect([status, stderr]).toEqual([2, `--rounds '${rounds}' is not a whole number above 0\n`]);
  },
);
