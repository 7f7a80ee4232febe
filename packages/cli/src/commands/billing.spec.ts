import { expect, it } from "vitest";
import { createProgram } from "../program.ts";
import { readDefaults } from "../settings.ts";

it.each([
  [[], "name an event, or with --target whose events"],
  [[""], "the id of the event is empty"],
  [["", "--target", "erp"], "the id of the event is empty"],
  [["evt_1", "--target", ""], "--target is empty"],
])("sending again and accepting %j is refused: what is empty is never all", async (given, problem) => {
  for (const command of [["resend"], ["accept", "--reason", "read by hand"]]) {
    const args = ["billing", ...command, ...given];
    const program = await createProgram(readDefaults({}), args);
    await expect(program.parseAsync(args, { from: "user" })).rejects.toThrow(problem);
  }
});
