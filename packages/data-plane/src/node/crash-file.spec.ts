import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { createArtifact } from "@tollgate/config-stream";
import { createLogger } from "@tollgate/telemetry";
import { CrashFile, type CrashState } from "./crash-file.ts";

const logger = createLogger("spec", "silent");
const folder = mkdtempSync(join(tmpdir(), "tollgate-crash-file-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SECRET = Buffer.from("-----BEGIN PRIVATE KEY-----");
const before = createArtifact("certificate/000000000000/a", SECRET);
const chunk = createArtifact(`chunk/${"a".repeat(64)}`, SECRET);
const [key, other] = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)];
const trial = { name: before.name, digest: Buffer.alloc(32, 3), before, sinceMs: 0, crashes: 1 };
const state: CrashState = { chunks: [chunk], trials: new Map([[trial.name, trial]]), leftOut: new Map() };
const hasSecret = (file: string) => readFileSync(file, "utf8").includes(SECRET.toString("base64"));

it("contents of last good versions are sealed with the key of the last good config, as they have the same secrets", () => {
  const file = join(folder, "sealed.json");
  new CrashFile(file, logger, key).write(state);
  expect(hasSecret(file)).toBe(false);
  expect(new CrashFile(file, logger, key).read()).toEqual(state);
});

it.each([
  ["another key", other],
  ["no key", undefined],
])(
  "with %s, what crashed the node is known all the same, without its last good version",
  (_what, opening) => {
    const file = join(folder, "other.json");
    new CrashFile(file, logger, key).write(state);
    const read = new CrashFile(file, logger, opening).read();
    expect(read.trials.get(trial.name)).toEqual({ ...trial, before: undefined });
    expect(read.chunks).toEqual([]);
  },
);

it("what was written without a key is read with one, and sealed with the first write", () => {
  const file = join(folder, "clear.json");
  new CrashFile(file, logger).write(state);
  expect(hasSecret(file)).toBe(true);
  const again = new CrashFile(file, logger, key);
  expect(again.read()).toEqual(state);
  again.write(state);
  expect(hasSecret(file)).toBe(false);
  expect(new CrashFile(file, logger, key).read()).toEqual(state);
});
