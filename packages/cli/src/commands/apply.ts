import type { Command } from "commander";
import type { Manifest } from "@tollgate/config";
import { type Change, Change_Action } from "@tollgate/proto/control";
import { isReal, printChanges } from "../changes.ts";
import { parseManifests, readTexts } from "../manifest-file.ts";
import { CliError, EXIT, print, report } from "../output.ts";
import { startProgress } from "../progress.ts";
import { type GlobalOptions, globalsOf, openSession, type Session } from "../session.ts";
import { isStageEntity, urlOfStages } from "../stage-url.ts";
import { applyTemplate, printOutputs, reportFindings, type StackOptions, templateOf } from "./apply-stack.ts";
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

/** toProtoEntities converts manifests to protobuf messages. */
const toProtoEntities = (manifests: readonly Manifest[]) =>
  manifests.map(({ kind, apiId, id, labels, spec }) => ({
    kind,
    apiId: apiId ?? "",
    id: id ?? "",
    labels: { ...labels },
    specJson: JSON.stringify(spec ?? {}),
  }));

/** Refuses the options of templates for other files. */
function refuseStackOptions({ stack, parameter, bucket, keepGoing }: StackOptions): void {
  if (stack !== undefined || parameter.length > 0 || bucket.length > 0 || keepGoing)
    throw new CliError(
      "--stack, --parameter, --bucket and --keep-going are for CloudFormation and SAM templates only",
      EXIT.USAGE,
    );
}

/** Sends the entities or the template of the files, and reports the findings of a template. */
async function send(
  session: Session,
  { account, output }: GlobalOptions,
  options: ApplyOptions,
  dryRun: boolean,
) {
  const files = readTexts(options.filename);
  const template = templateOf(files);
  if (template) {
    const response = await applyTemplate(session, account, template, options, dryRun);
    reportFindings(response, template, output);
    return response;
  }
  refuseStackOptions(options);
  const manifests = files.flatMap(({ file, text }) => parseManifests(text, file));
  if (manifests.length === 0)
    throw new CliError("nothing to apply: the files contain no entities", EXIT.USAGE);
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

/** Prints where the stages can be called that were written. */
async function printUrls(session: Session, changes: readonly Change[]): Promise<void> {
  const stages = changes.flatMap(({ entity, action }) =>
    entity && action !== Change_Action.DELETED && isStageEntity(entity) ? [entity] : [],
  );
  if (stages.length === 0) return;
  const urlOf = await urlOfStages(session);
  for (const { apiId, id } of urlOf ? stages : []) print(urlOf?.(apiId, id) ?? "");
}

const addStackOptions = (command: Command) =>
  command
    .option("--stack <name>", "name of a template's stack (default: the name of the file)")
    .option("--parameter <name=value>", "a parameter of the template; repeatable", collect, [])
    .option(
      "--bucket <name=folder>",
      "folder with the files that a template reads from an S3 bucket; repeatable",
      collect,
      [],
    )
    .option("--keep-going", "leave out what cannot be created from a template");

export function addApply(program: Command): void {
  const command = program
    .command("apply")
    .description("write entities, or the stack of a CloudFormation or SAM template, in one transaction")
    .requiredOption(
      "-f, --filename <file>",
      "YAML or JSON file, folder of them, or - for standard input; repeatable",
      collect,
      [],
    );
  addStackOptions(command)
    .option("--dry-run", "only show what would change")
    .option("--expected-revision <n>", "fail if the account is at another revision")
    .option(
      "--prune <labels>",
      "delete entities that have these labels, such as app=shop, and are not in the files",
    )
    .option("--wait", "wait until every node has applied the change")
    .action(async (options: ApplyOptions, command: Command) => {
      const globals = globalsOf(command);
      using session = openSession(globals);
      const response = await send(session, globals, options, options.dryRun ?? false);
      printChanges(response, globals.output, false);
      if (globals.output === "table" && "outputs" in response) printOutputs(response);
      if (globals.output === "table")
        report(options.dryRun ? "dry run: nothing was written" : `revision ${response.revision}`);
      for (const { path, message } of response.autoDeployProblems)
        report(`not deployed automatically: ${path}: ${message}`);
      if (options.wait && !options.dryRun)
        await waitForNodes(session, Number(response.revision), globals.output, {});
      if (globals.output === "table" && !options.dryRun) await printUrls(session, response.changes);
    });
  const diff = program
    .command("diff")
    .description("show what apply, or a deployment, would change; exit code 3 if anything would change")
    .option(
      "-f, --filename <file>",
      "YAML or JSON file, folder of them, or - for standard input; repeatable",
      collect,
      [],
    );
  addStackOptions(diff)
    .option("--prune <labels>", "as for apply")
    .option("--deployed <api>", "compare the configuration of this API with what --stage serves")
    .option("--stage <name>", "the stage to compare with --deployed")
    .action(async (options: ApplyOptions & { deployed?: string; stage?: string }, command: Command) => {
      const globals = globalsOf(command);
      const wanted =
        options.deployed === undefined ? options.filename.length > 0 : options.stage !== undefined;
      if (!wanted || (options.deployed !== undefined && options.filename.length > 0))
        throw new CliError("use either --filename, or --deployed API with --stage NAME", EXIT.USAGE);
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
