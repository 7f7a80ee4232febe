import { Command, Option } from "commander";
import { addApply } from "./commands/apply.ts";
import { addAudit } from "./commands/audit.ts";
import { addBackup } from "./commands/backup.ts";
import { addBilling } from "./commands/billing.ts";
import { addCheck } from "./commands/check.ts";
import { addClientCertificate } from "./commands/client-certificate.ts";
import { addCompletion } from "./commands/completion.ts";
import { addConnect } from "./commands/connect.ts";
import { addConnections } from "./commands/connections.ts";
import { addCors } from "./commands/cors.ts";
import { addDeploy } from "./commands/deploy.ts";
import { addDomain } from "./commands/domain.ts";
import { addExplain } from "./commands/explain.ts";
import { addExport } from "./commands/export.ts";
import { addFlush } from "./commands/flush.ts";
import { addGet } from "./commands/get.ts";
import { addIdentity } from "./commands/identity.ts";
import { addImport } from "./commands/import.ts";
import { addInvoice } from "./commands/invoice.ts";
import { addLint } from "./commands/lint.ts";
import { addLogs } from "./commands/logs.ts";
import { addNode } from "./commands/node.ts";
import { addRollout } from "./commands/rollout.ts";
import { addSchema } from "./commands/schema.ts";
import { addStatus } from "./commands/status.ts";
import { addSubscription } from "./commands/subscription.ts";
import { addTestInvoke } from "./commands/test-invoke.ts";
import { addTop } from "./commands/top.ts";
import { addTrace } from "./commands/trace.ts";
import { addUsage } from "./commands/usage.ts";
import { addWait } from "./commands/wait.ts";
import type { CliDefaults } from "./settings.ts";
import { VERSION } from "./version.ts";

/** createProgram makes the command line of the CLI. */
export function createProgram(defaults: CliDefaults): Command {
  const program = new Command("tollgate")
    .description("operate a Tollgate API gateway")
    .version(VERSION)
    .option("--endpoint <host:port>", "control plane", defaults.endpoint)
    .option("--metering-endpoint <host:port>", "metering", defaults.meteringEndpoint)
    .option("--account <id>", "account id, twelve digits", defaults.account)
    .addOption(
      new Option("-o, --output <format>", "output format")
        .choices(["table", "json", "yaml"])
        .default("table"),
    )
    .addOption(new Option("--token <token>", "bearer token (or TOLLGATE_TOKEN)").default(defaults.token, ""))
    .option(
      "--token-file <file>",
      "file with the bearer token (or TOLLGATE_TOKEN_FILE), unless --token is set",
      defaults.tokenFile,
    )
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
    addConnect,
    addConnections,
    addCors,
    addDomain,
    addClientCertificate,
    addWait,
    addUsage,
    addLogs,
    addTop,
    addTrace,
    addBilling,
    addInvoice,
    addSubscription,
    addNode,
    addRollout,
    addIdentity,
    addAudit,
    addBackup,
    addStatus,
    addCheck,
    addSchema,
    addCompletion,
  ])
    add(program, defaults);
  for (const command of program.commands) command.exitOverride();
  return program;
}
