import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { createProgram } from "../program.ts";
import { readDefaults } from "../settings.ts";
import { completionScript } from "./completion.ts";

const program = await createProgram(readDefaults({}));

/** What bash proposes for the last word of a line. */
function proposed(...words: readonly string[]): string[] {
  const script = `${completionScript(program, "bash")}
COMP_WORDS=(tollgate ${words.map((word) => `"${word}"`).join(" ")})
COMP_CWORD=${words.length}
_tollgate
printf '%s\\n' "\${COMPREPLY[@]}"`;
  // Bash complains of a locale that the machine does not have.
  const { stdout, stderr } = spawnSync("env", ["LC_ALL=C", "bash", "-c", script], { encoding: "utf8" });
  expect(stderr).toBe("");
  return stdout.trim().split("\n");
}

describe("completion in bash", () => {
  it.each([
    ["commands", ["app"], ["apply"]],
    ["what belongs to a command", ["explain", "lim"], ["limits"]],
    ["a command below a command", ["node", "for"], ["forget"]],
    ["kinds", ["get", "usage"], ["usageplan", "usagesink"]],
    ["options of a command", ["apply", "--dry"], ["--dry-run"]],
    ["options of all commands", ["node", "--acc"], ["--account"]],
    ["options after other words", ["deploy", "abc", "--st"], ["--stage"]],
    ["shells", ["completion", "z"], ["zsh"]],
  ])("proposes %s", (_what, words, wanted) => {
    expect(proposed(...words)).toEqual(wanted);
  });
});

it("zsh reads the same by its emulation of bash, fish by its own", () => {
  expect(completionScript(program, "zsh")).toContain("bashcompinit\n_tollgate()");
  const fish = completionScript(program, "fish");
  expect(fish).toContain("complete -c tollgate -n '__fish_use_subcommand' -a apply -d 'write entities,");
  expect(fish).toContain("complete -c tollgate -n '__fish_seen_subcommand_from apply' -l dry-run");
});
