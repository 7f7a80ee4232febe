import type { Command } from "commander";
import { expect, it } from "vitest";
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

it("no command has an option that a command above it has too", () => {
  expect(takenAbove(createProgram(readDefaults({})))).toEqual([]);
});
