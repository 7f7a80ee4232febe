import { Command, Option } from "commander";
import { addApply } from "./commands/apply.ts";
import { addAudit } from "./commands/audit.ts";
import { addCors } from "./commands/cors.ts";
import { addDeploy } from "./commands/deploy.ts";
import { addExplain } from "./commands/explain.ts";
import { addExport } from "./commands/export.ts";
import { addFlush } from "./commands/flush.ts";
import { addGet } from "./commands/get.ts";
import { addIdentity } from "./commands/identity.ts";
import { addImport } from "./commands/import.ts";
import { addLint } from "./commands/lint.ts";
import { addNode } from "./commands/node.ts";
import { addTestInvoke } from "./commands/test-invoke.ts";
import { addUsage } from "./commands/usage.ts";
import { addWait } from "./commands/wait.ts";
import { CliError, EXIT } from "./output.ts";
import { globalsOf } from "./session.ts";
import { readDefaults } from "./settings.ts";
import { explainUnreachable } from "./unreachable.ts";

const UNAVAILABLE = 14;
const UNAUTHENTICATED = 16;

function createProgram(): Command {
  const defaults = readDefaults(process.env);
  const program = new Command("tollgate")
    .description("operate a Tollgate API gateway")
    .version("0.1.0")
    .option("--endpoint <host:port>", "control plane", defaults.endpoint)
    .option("--metering-endpoint <host:port>", "metering", defaults.meteringEndpoint)
    .option("--account <id>", "account id, twelve digits", defaults.account)
    .addOption(
      new Option("-o, --output <format>", "output format")
        .choices(["table", "json", "yaml"])
        .default("table"),
    )
    .addOption(new Option("--token <token>", "bearer token (or TOLLGATE_TOKEN)").default(defaults.token, ""))
    .option("--tls-cert <file>", "client certificate, PEM (or TOLLGATE_TLS_CERT)", defaults.tlsCert)
    .option(
      "--tls-key <file>",
      "private key of the client certificate, PEM (or TOLLGATE_TLS_KEY)",
      defaults.tlsKey,
    )
    .option(
      "--tls-ca <file>",
      "authorities that sign the servers' certificates, PEM (or TOLLGATE_TLS_CA)",
      defaults.tlsCa,
    )
    .showHelpAfterError("(--help lists the commands and options)")
    .exitOverride();
  for (const add of [
    addApply,
    addLint,
    addGet,
    addExport,
    addExplain,
    addImport,
    addDeploy,
    addFlush,
    addTestInvoke,
    addCors,
    addWait,
    addUsage,
    addNode,
    addIdentity,
    addAudit,
  ])
    add(program);
  for (const command of program.commands) command.exitOverride();
  return program;
}

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

const program = createProgram();
try {
  await program.parseAsync();
} catch (error) {
  const { tlsCa, tlsCert } = globalsOf(program);
  const { message, exitCode } = explain(error, { isTls: (tlsCa ?? tlsCert) !== undefined });
  if (message) process.stderr.write(`error: ${message}\n`);
  process.exitCode = exitCode;
}
