import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { createProgram } from "./program.ts";
import { readDefaults } from "./settings.ts";

/** Options of a command that one above it has too: the one above would take their values. */
const takenAbove = (command: Command, above: readonly string[] = []): readonly string[] => {
  const flags = command.options.flatMap(({ short, long }) => [short ?? [], long ?? []].flat());
  return [
    ...flags.filter((flag) => above.includes(flag)).map((flag) => `${command.name()} ${flag}`),
    ...command.commands.flatMap((one) => takenAbove(one, [...above, ...flags])),
  ];
};

it("no command has an option that a command above it has too", async () => {
  expect(takenAbove(await createProgram(readDefaults({})))).toEqual([]);
});

describe("a command line", () => {
  const commandsFor = async (...args: string[]) =>
    (await createProgram(readDefaults({}), args)).commands.map((command) => command.name());

  it("loads the module of each command when that is called, and no other", async () => {
    const all = await commandsFor();
    for (const name of all.filter((one) => one !== "completion")) {
      const loaded = await commandsFor(name);
      expect(loaded).toContain(name);
      expect(loaded.length).toBeLessThan(5);
    }
  });

  it.each([
    [["--endpoint", "get", "usage"], ["usage"]],
    [["--endpoint=get", "-ojson", "usage"], ["usage"]],
    [
      ["-o", "json", "version"],
      ["status", "version"],
    ],
  ])("%j names its command after the options of the program", async (args, expected) => {
    expect(await commandsFor(...args)).toEqual(expected);
  });

  it.each(["-V", "--version"])("%s shows no command, so none is loaded", async (option) => {
    expect(await commandsFor(option)).toEqual([]);
  });

  it.each([
    ["--help"],
    ["help"],
    ["help get"],
    ["--help get"],
    ["-h get"],
    ["-o json --help get"],
    ["--otput=json get"],
    ["aply"],
    ["completion"],
    ["--endpoint"],
  ])("%s shows all commands, so all are loaded", async (line) => {
    expect(await commandsFor(...line.split(" "))).toEqual(await commandsFor());
  });
});
