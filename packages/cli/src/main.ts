import { CliError, EXIT, report } from "./output.ts";
import { createProgram } from "./program.ts";
import { globalsOf } from "./session.ts";
import { readDefaults } from "./settings.ts";
import { explainUnreachable } from "./unreachable.ts";

const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

/** explain turns an error into a message for the person at the terminal. */
function explain(
  error: unknown,
  { isTls }: { readonly isTls: boolean },
): { message: string; exitCode: number } {
  if (error instanceof CliError) return { message: error.message, exitCode: error.exitCode };
  const { code, details, message } = error as { code?: unknown; details?: string; message?: string };
  if (typeof code === "string" && code.startsWith("commander."))
    return {
      message: "",
      exitCode:
        code === "commander.helpDisplayed" || code === "commander.version" || code === "commander.help"
          ? EXIT.OK
          : EXIT.USAGE,
    };
  if (code === UNAVAILABLE)
    return {
      message: explainUnreachable(details ?? "", { isTls }),
      exitCode: EXIT.FAILED,
    };
  if (code === UNAUTHENTICATED) return { message: `refused: ${details}`, exitCode: EXIT.FAILED };
  return { message: details || message || String(error), exitCode: EXIT.FAILED };
}

// Whoever reads the output may stop early, as head does: nothing is wrong then.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit();
});

const program = await createProgram(readDefaults(process.env), process.argv.slice(2));
try {
  await program.parseAsync();
} catch (error) {
  const { tlsCa, tlsCert } = globalsOf(program);
  const { message, exitCode } = explain(error, { isTls: (tlsCa ?? tlsCert) !== undefined });
  if (message) report(`error: ${message}`);
  process.exitCode = exitCode;
}
