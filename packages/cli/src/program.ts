import { Command, Option } from "commander";
import type { CliDefaults } from "./settings.ts";
import { VERSION } from "./version.ts";

type Add = (program: Command, defaults: CliDefaults) => void;

/** Modules of commands, in the order of the help. Each is loaded when one of its commands is called: all of them take a second of a slow processor. */
const MODULES: readonly { readonly names: readonly string[]; readonly load: () => Promise<Add> }[] = [
  { names: ["apply", "diff"], load: async () => (await import("./commands/apply.ts")).addApply },
  { names: ["lint"], load: async () => (await import("./commands/lint.ts")).addLint },
  { names: ["get", "delete"], load: async () => (await import("./commands/get.ts")).addGet },
  { names: ["export"], load: async () => (await import("./commands/export.ts")).addExport },
  { names: ["explain"], load: async () => (await import("./commands/explain.ts")).addExplain },
  { names: ["import"], load: async () => (await import("./commands/import.ts")).addImport },
  {
    names: ["deploy", "rollback", "promote", "deployments"],
    load: async () => (await import("./commands/deploy.ts")).addDeploy,
  },
  { names: ["flush"], load: async () => (await import("./commands/flush.ts")).addFlush },
  { names: ["test-invoke"], load: async () => (await import("./commands/test-invoke.ts")).addTestInvoke },
  { names: ["connect"], load: async () => (await import("./commands/connect.ts")).addConnect },
  { names: ["connections"], load: async () => (await import("./commands/connections.ts")).addConnections },
  { names: ["cors"], load: async () => (await import("./commands/cors.ts")).addCors },
  { names: ["domain"], load: async () => (await import("./commands/domain.ts")).addDomain },
  {
    names: ["client-certificate"],
    load: async () => (await import("./commands/client-certificate.ts")).addClientCertificate,
  },
  { names: ["wait"], load: async () => (await import("./commands/wait.ts")).addWait },
  { names: ["usage"], load: async () => (await import("./commands/usage.ts")).addUsage },
  { names: ["logs"], load: async () => (await import("./commands/logs.ts")).addLogs },
  { names: ["top"], load: async () => (await import("./commands/top.ts")).addTop },
  { names: ["trace"], load: async () => (await import("./commands/trace.ts")).addTrace },
  { names: ["billing"], load: async () => (await import("./commands/billing.ts")).addBilling },
  { names: ["invoice"], load: async () => (await import("./commands/invoice.ts")).addInvoice },
  { names: ["subscription"], load: async () => (await import("./commands/subscription.ts")).addSubscription },
  { names: ["node"], load: async () => (await import("./commands/node.ts")).addNode },
  { names: ["rollout"], load: async () => (await import("./commands/rollout.ts")).addRollout },
  { names: ["identity"], load: async () => (await import("./commands/identity.ts")).addIdentity },
  { names: ["audit"], load: async () => (await import("./commands/audit.ts")).addAudit },
  { names: ["backup", "restore"], load: async () => (await import("./commands/backup.ts")).addBackup },
  { names: ["status", "version"], load: async () => (await import("./commands/status.ts")).addStatus },
  { names: ["check"], load: async () => (await import("./commands/check.ts")).addCheck },
  { names: ["schema"], load: async () => (await import("./commands/schema.ts")).addSchema },
  { names: ["completion"], load: async () => (await import("./commands/completion.ts")).addCompletion },
];

/** Commands that show all others. */
const SHOW_ALL: readonly string[] = ["completion"];

/** Options that show nothing of commands. */
const SHOW_NONE: readonly (string | undefined)[] = ["-V", "--version"];

/** What a command line begins with after the options of the program and their values; undefined: there is nothing else, or an option that shows all commands, as --help does. */
function commandIn(program: Command, args: readonly string[]): string | undefined {
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? "";
    if (!arg.startsWith("-")) return arg;
    const option = program.options.find(({ short, long }) =>
      arg.startsWith("--") ? arg.replace(/=.*/s, "") === long : arg.slice(0, 2) === short,
    );
    if (!option) return undefined;
    // Its value is the next argument.
    if (option.required && (arg === option.short || arg === option.long)) i++;
  }
  return undefined;
}

/** createProgram makes the command line of the CLI: with all commands, or with those that the given arguments need. */
export async function createProgram(defaults: CliDefaults, args: readonly string[] = []): Promise<Command> {
  const program = createOptions(defaults);
  if (SHOW_NONE.includes(args[0])) return program;
  const name = commandIn(program, args) ?? "";
  const named = SHOW_ALL.includes(name) ? undefined : MODULES.find(({ names }) => names.includes(name));
  for (const add of await Promise.all((named ? [named] : MODULES).map(({ load }) => load())))
    add(program, defaults);
  for (const command of program.commands) command.exitOverride();
  return program;
}

/** The program with what all commands share. */
const createOptions = (defaults: CliDefaults): Command =>
  new Command("tollgate")
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
