import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isRunning, until } from "../kit/process.ts";

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

it("an installation ends with what it was started by", async () => {
  const place = mkdtempSync(join(tmpdir(), "tollgate-installs-"));
  try {
    cpSync(join(root, ".scripts/run.mjs"), join(place, ".scripts/run.mjs"));
    writeFileSync(join(place, "package-lock.json"), "{}");
    // In place of npm: it says that it is there, and does not end.
    const seen = join(place, "npm-pid");
    writeFileSync(
      join(place, "npm"),
      `#!/bin/sh\necho $$ > ${seen}.new\nmv ${seen}.new ${seen}\nexec sleep 600\n`,
      {
        mode: 0o755,
      },
    );
    const run = spawn(process.execPath, [join(place, ".scripts/run.mjs"), "main.ts"], {
      env: { ...process.env, PATH: `${place}${delimiter}${process.env["PATH"]}` },
      stdio: "ignore",
    });
    const ended = once(run, "exit");
    await until("npm runs", () => existsSync(seen));
    run.kill("SIGTERM");
    expect(await ended).toEqual([null, "SIGTERM"]);
    expect(isRunning(Number(readFileSync(seen, "utf8")))).toBe(false);
  } finally {
    rmSync(place, { recursive: true });
  }
});

describe("a run that is ended", () => {
  const cache = join(root, "node_modules", ".cache");
  let [place, programs] = ["", ""];
  const env = () => ({
    ...process.env,
    TMPDIR: place,
    PATH: `${programs}${delimiter}${process.env["PATH"]}`,
  });
  const storesIn = () => readdirSync(place).map((folder) => join(place, folder, "store"));

  beforeEach(() => {
    place = mkdtempSync(join(tmpdir(), "tollgate-runs-"));
    mkdirSync(cache, { recursive: true });
    programs = mkdtempSync(join(cache, "runs-"));
    // In place of vitest: it keeps something in its folder, and does not end.
    const program = `#!/bin/sh\necho $$ > "$TMPDIR/store.new" && mv "$TMPDIR/store.new" "$TMPDIR/store"\nexec sleep 600\n`;
    writeFileSync(join(programs, "vitest"), program, { mode: 0o755 });
  });
  afterEach(() => {
    for (const folder of [place, programs]) rmSync(folder, { recursive: true });
  });

  /** A run whose vitest has begun, and the process of that. */
  async function begun(): Promise<{ readonly run: ChildProcess; readonly pid: number }> {
    const run = spawn(process.execPath, [".scripts/spec.mjs", "none"], {
      cwd: root,
      env: env(),
      stdio: "ignore",
    });
    await until("vitest has begun", () => storesIn().some((store) => existsSync(store)));
    return { run, pid: Number(readFileSync(storesIn()[0] as string, "utf8")) };
  }

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)("by %s ends vitest, and leaves nothing of its stores", async (signal, code) => {
    const { run, pid } = await begun();
    const exited = once(run, "exit");
    run.kill(signal);
    expect(await exited).toEqual([code, null]);
    expect(isRunning(pid)).toBe(false);
    expect(readdirSync(place)).toEqual([]);
  });

  it("by SIGKILL leaves its stores, which the next run removes: in memory they would stay", async () => {
    const { run, pid } = await begun();
    const exited = once(run, "exit");
    run.kill("SIGKILL");
    await exited;
    process.kill(pid, "SIGKILL");
    expect(storesIn()).toHaveLength(1);
    mkdirSync(join(place, "of-others"));
    script("spec", ["none"], { ...env(), PATH: "/nowhere" });
    expect(readdirSync(place)).toEqual(["of-others"]);
  });
});
