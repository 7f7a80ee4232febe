import { readdirSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { isTemplate } from "@tollgate/cloudformation/is-template";
import { type ApplyStackResponse, Finding_Level as Level } from "@tollgate/proto/control";
import { readText } from "../manifest-file.ts";
import { CliError, EXIT, type OutputFormat, printTable, report } from "../output.ts";
import { startProgress } from "../progress.ts";
import type { Session } from "../session.ts";

/** StackOptions are the options of `apply` and `diff` that concern templates. */
export interface StackOptions {
  readonly filename: readonly string[];
  readonly stack?: string;
  readonly parameter: readonly string[];
  readonly bucket: readonly string[];
  readonly expectedRevision?: string;
  readonly keepGoing?: boolean;
  readonly prune?: string;
}

/** TemplateFile is a CloudFormation or SAM template given to a command. */
export interface TemplateFile {
  readonly file: string;
  readonly text: string;
}

/** templateOf returns the template among the files of a command; a template must be the only file. */
export function templateOf(files: readonly TemplateFile[]): TemplateFile | undefined {
  const templates = files.filter(({ text }) => isTemplate(text));
  if (templates.length > 0 && files.length > 1)
    throw new CliError("a template must be the only file: it becomes a stack", EXIT.USAGE);
  return templates[0];
}

/** pairsOf reads the NAME=VALUE pairs of a repeatable option. */
function pairsOf(given: readonly string[], option: string): [name: string, value: string][] {
  return given.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new CliError(`--${option} '${pair}' must be NAME=VALUE`, EXIT.USAGE);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
}

/** Largest total size of the files that are sent for --bucket. */
const BUCKETS_MAX_BYTES = 16 * 1024 * 1024;

/** The files of the folders given by --bucket, by their s3://bucket/key. */
function bucketFiles(buckets: readonly string[]): Record<string, string> {
  const files: Record<string, string> = {};
  let sizeBytes = 0;
  for (const [bucket, folder] of pairsOf(buckets, "bucket"))
    for (const path of filesIn(folder)) {
      const text = readText(path);
      sizeBytes += Buffer.byteLength(text);
      if (sizeBytes > BUCKETS_MAX_BYTES)
        throw new CliError(
          `--bucket: the folders contain more than ${BUCKETS_MAX_BYTES} bytes: keep only API definitions in them`,
          EXIT.USAGE,
        );
      files[`s3://${bucket}/${relative(folder, path).split(sep).join("/")}`] = text;
    }
  return files;
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true }).flatMap((entry) =>
      entry.isFile() ? [join(entry.parentPath, entry.name)] : [],
    );
  } catch (error) {
    throw new CliError(`--bucket: cannot read ${folder}: ${(error as Error).message}`, EXIT.USAGE);
  }
}

/** Files that a template names are relative to its folder; for standard input, to the working directory. */
async function filesOf({ file, text }: TemplateFile): Promise<Record<string, string>> {
  const folder = file === "-" ? "." : dirname(file);
  // Only templates need them: together they take longer to load than everything else.
  const [{ namedFiles }, { DefinitionError }] = await Promise.all([
    import("@tollgate/cloudformation"),
    import("@tollgate/openapi"),
  ]);
  try {
    return Object.fromEntries(namedFiles(text).map((path) => [path, readText(resolve(folder, path))]));
  } catch (error) {
    // The control plane reports what cannot be read, with its line.
    if (error instanceof DefinitionError) return {};
    throw error;
  }
}

/** The name of a template's stack: the option, else the name of the file. */
function stackName({ file }: TemplateFile, { stack }: StackOptions): string {
  if (stack !== undefined) return stack;
  if (file === "-") throw new CliError("a template from standard input needs --stack NAME", EXIT.USAGE);
  const name = basename(file)
    .replace(/\..*$/, "")
    .replaceAll(/[^A-Za-z0-9-]+/g, "-");
  return /^[A-Za-z]/.test(name) ? name : `stack-${name}`;
}

const WORDS: Readonly<Record<number, string>> = {
  [Level.WARNING]: "warning",
  [Level.ERROR]: "skipped",
  [Level.INFO]: "info",
};

/** applyTemplate creates or updates the stack of a template, or only reports what would change. */
export async function applyTemplate(
  session: Session,
  account: string,
  template: TemplateFile,
  options: StackOptions,
  dryRun: boolean,
): Promise<ApplyStackResponse> {
  if (options.prune !== undefined)
    throw new CliError(
      "--prune is for manifests only: what a template no longer contains is deleted without it",
      EXIT.USAGE,
    );
  const name = stackName(template, options);
  const progress = startProgress(`applying the stack ${name}`);
  try {
    return await session.stacks.applyStack({
      accountId: account,
      name,
      template: template.text,
      parameters: Object.fromEntries(pairsOf(options.parameter, "parameter")),
      files: { ...(await filesOf(template)), ...bucketFiles(options.bucket) },
      dryRun,
      expectedRevision: BigInt(options.expectedRevision ?? 0),
      keepGoing: options.keepGoing ?? false,
    });
  } finally {
    progress.stop();
  }
}

/** reportFindings reports what was left out of a template, or differs from what it says. */
export function reportFindings(
  { findings }: ApplyStackResponse,
  { file }: TemplateFile,
  output: OutputFormat,
): void {
  // Programs read the findings from the response.
  for (const { level, line, pointer, message } of output === "table" ? findings : [])
    report(`${WORDS[level] ?? "info"}: ${file}:${line} ${pointer}: ${message}`);
}

/** printOutputs shows the outputs of a stack. */
export function printOutputs({ outputs }: ApplyStackResponse): void {
  if (outputs.length === 0) return;
  const rows = outputs.map(({ name, value, description }) => ({ output: name, value, description }));
  printTable(rows, ["output", "value", "description"]);
}
