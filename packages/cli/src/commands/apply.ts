import type { Manifest } from "@tollgate/config";
import type { Command } from "commander";
import { isReal, printChanges } from "../changes.ts";
import { parseManifests, readText } from "../manifest-file.ts";
import { CliError, EXIT, tell } from "../output.ts";
import { startProgress } from "../progress.ts";
import { globalsOf, openSession, type GlobalOptions, type Session } from "../session.ts";
import { applyTemplate, printOutputs, tellOfStack, templateOf, type StackOptions } from "./apply-stack.ts";
import { waitForNodes } from "./wait.ts";

interface ApplyOptions extends StackOptions {
  readonly dryRun?: boolean;
  readonly wait?: boolean;
}

const collect = (value: string, all: readonly string[]) => [...all, value];

/** parseLabels reads "a=b,c=d". */
function parseLabels(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(",").map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1)
        throw new CliError(`--prune '${text}' must be labels, such as app=shop,env=prod`, EXIT.USAGE);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

/** toProtoEntities puts manifests on the wire. */
export const toProtoEntities = (manifests: readonly Manifest[]) =>
  manifests.map(({ kind, apiId, id, labels, spec }) => ({
    kind,
    apiId: apiId ?? "",
    id: id ?? "",
    labels: { ...labels },
    specJson: JSON.stringify(spec ?? {}),
  }));

/** What a file that is no template cannot have. */
function refuseStackOptions({ stack, parameter, bucket, keepGoing }: StackOptions): void {
  if (stack !== undefined || parameter.length > 0 || bucket.length > 0 || keepGoing)
    throw new CliError(
      "--stack, --parameter, --bucket and --keep-going are for one CloudFormation or SAM template",
      EXIT.USAGE,
    );
}

/** Sends what the files hold; tells what there is to say of a template. */
async function send(
  session: Session,
  { account, output }: GlobalOptions,
  options: ApplyOptions,
  dryRun: boolean,
) {
  const files = options.filename.map((file) => ({ file, text: readText(file) }));
  const template = templateOf(files);
  if (template) {
    const response = await applyTemplate(session, account, template, options, dryRun);
    tellOfStack(response, template, output);
    return response;
  }
  refuseStackOptions(options);
  const manifests = files.flatMap(({ file, text }) => parseManifests(text, file));
  if (manifests.length === 0)
    throw new CliError("there is nothing to apply: the files hold no entity", EXIT.USAGE);
  const progress = startProgress(`applying ${manifests.length} entities`);
  try {
    return await session.config.apply({
      accountId: account,
      entities: toProtoEntities(manifests),
      dryRun,
      expectedRevision: BigInt(options.expectedRevision ?? 0),
      ...(options.prune ? { prune: { labels: parseLabels(options.prune) } } : {}),
    });
  } finally {
    progress.stop();
  }
}

const addStackOptions = (command: Command) =>
  command
    .option("--stack <name>", "of a template: the stack's name; the file's, where it is left out")
    .option("--parameter <name=value>", "of a template: a parameter; may be given again", collect, [])
    .option(
      "--bucket <name=folder>",
      "of a template: a folder with what it reads of a bucket; may be given again",
      collect,
      [],
    )
    .option("--keep-going", "of a template: leave out what cannot be made");

export function addApply(program: Command): void {
  const command = program
    .command("apply")
    .description("write entities, or the stack of a CloudFormation or SAM template, all or none")
    .requiredOption(
      "-f, --filename <file>",
      "YAML or JSON file, - for standard input; may be given again",
      collect,
      [],
    );
  addStackOptions(command)
    .option("--dry-run", "only show what would change")
    .option("--expected-revision <n>", "refuse if the account is at another revision")
    .option("--prune <labels>", "delete what carries these labels and is not in the files, such as app=shop")
    .option("--wait", "wait until every node has it")
    .action(async (options: ApplyOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const response = await send(session, globals, options, options.dryRun ?? false);
      printChanges(response, globals.output, false);
      if (globals.output === "table" && "outputs" in response) printOutputs(response);
      if (globals.output === "table")
        tell(options.dryRun ? "dry run: nothing was written" : `revision ${response.revision}`);
      for (const { path, message } of response.autoDeployProblems)
        tell(`not deployed automatically: ${path}: ${message}`);
      if (options.wait && !options.dryRun)
        await waitForNodes(session, Number(response.revision), globals.output, {});
    });
  const diff = program
    .command("diff")
    .description("show what apply, or a deployment, would change; exit code 3 when anything would")
    .option(
      "-f, --filename <file>",
      "YAML or JSON file, - for standard input; may be given again",
      collect,
      [],
    );
  addStackOptions(diff)
    .option("--prune <labels>", "as for apply")
    .option("--deployed <api>", "what is configured in this API and not deployed to --stage")
    .option("--stage <name>", "the stage that --deployed compares with")
    .action(async (options: ApplyOptions & { deployed?: string; stage?: string }, command: Command) => {
      const globals = globalsOf(command);
      const wanted =
        options.deployed === undefined ? options.filename.length > 0 : options.stage !== undefined;
      if (!wanted || (options.deployed !== undefined && options.filename.length > 0))
        throw new CliError("give either --filename, or --deployed API with --stage NAME", EXIT.USAGE);
      using session = openSession(globals);
      const response =
        options.deployed === undefined
          ? await send(session, globals, options, true)
          : await session.deployments.diffDeployed({
              accountId: globals.account,
              apiId: options.deployed,
              stageName: options.stage ?? "",
            });
      printChanges(response, globals.output, true);
      if (response.changes.some(isReal)) process.exitCode = EXIT.DIFFERENT;
    });
}
