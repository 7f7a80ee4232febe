import { chmodSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openStateFolder } from "./state-folder.ts";

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), "tollgate-state-"));
});
afterEach(() => rmSync(parent, { recursive: true, force: true }));

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

it("a state directory is made for its owner alone", () => {
  const home = join(parent, "a", "home");
  openStateFolder(home, "metering");
  expect([home, join(home, "metering")].map(modeOf)).toEqual(["700", "700"]);
});

it("one that is there is restricted, with all that is in it, and nothing that links lead to", () => {
  const home = join(parent, "home");
  const elsewhere = join(parent, "elsewhere");
  mkdirSync(join(home, "data-plane", "node"), { recursive: true });
  mkdirSync(join(home, "sample"));
  writeFileSync(join(home, "data-plane", "node", "snapshot.bin"), "secret");
  writeFileSync(join(home, "data-plane", "keys"), "secret");
  writeFileSync(elsewhere, "public");
  chmodSync(home, 0o755);
  chmodSync(join(home, "data-plane"), 0o777);
  chmodSync(join(home, "data-plane", "keys"), 0o644);
  chmodSync(elsewhere, 0o644);
  symlinkSync(elsewhere, join(home, "data-plane", "link"));
  openStateFolder(home, "data-plane");
  expect([home, join(home, "data-plane"), join(home, "data-plane", "node")].map(modeOf)).toEqual([
    "700",
    "700",
    "700",
  ]);
  expect(
    [join(home, "data-plane", "keys"), join(home, "data-plane", "node", "snapshot.bin")].map(modeOf),
  ).toEqual(["600", "600"]);
  expect(modeOf(elsewhere)).toBe("644");
});

it("a directory that others use keeps its mode and theirs", () => {
  const program = join(parent, "program");
  mkdirSync(join(parent, "tools"));
  writeFileSync(program, "#!/bin/sh");
  for (const path of [parent, join(parent, "tools"), program]) chmodSync(path, 0o755);
  openStateFolder(parent, "metering");
  expect([parent, join(parent, "tools"), program].map(modeOf)).toEqual(["755", "755", "755"]);
  expect(modeOf(join(parent, "metering"))).toBe("700");
});

// The superuser may list every directory.
it.runIf(process.getuid?.() !== 0)("a directory that may not be listed is not touched", () => {
  mkdirSync(join(parent, "metering"));
  chmodSync(parent, 0o311);
  openStateFolder(parent, "metering");
  expect(modeOf(parent)).toBe("311");
  chmodSync(parent, 0o700);
});
