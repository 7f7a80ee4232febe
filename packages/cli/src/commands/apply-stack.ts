import { readdirSync } from "node:fs";
import { basename, dirname, join, relative, resolve, sep } from "node:path";
import { isTemplate, namedFiles } from "@tollgate/cloudformation";
import { DefinitionError } from "@tollgate/openapi";
import { Finding_Level as Level, type ApplyStackResponse } from "@tollgate/proto/control";
import { readText } from "../manifest-file.ts";
import { CliError, EXIT, formatTable, print, tell, type OutputFormat } from "../output.ts";
import { startProgress } from "../progress.ts";
import type { Session } from "../session.ts";

/** StackOptions are what `apply` and `diff` take for templates. */
export interface StackOptions {
  readonly filename: readonly string[];
  readonly stack?: string;
  readonly parameter: readonly string[];
  readonly bucket: readonly string[];
  readonly expectedRevision?: string;
  readonly keepGoing?: boolean;
  readonly prune?: string;
}

/** TemplateFile is a CloudFormation or SAM template that a command was given. */
export interface TemplateFile {
  readonly file: string;
  readonly text: string;
}

/** templateOf is the template among the files of a command; there is one at most, and nothing beside it. */
export function templateOf(files: readonly TemplateFile[]): TemplateFile | undefined {
  const templates = files.filter(({ text }) => isTemplate(text));
  if (templates.length > 0 && files.length > 1)
    throw new CliError("a template is applied alone: it has a stack of its own", EXIT.USAGE);
  return templates[0];
}

/** pairsOf reads NAME=VALUE, once for each time that an option is given. */
function pairsOf(given: readonly string[], option: string): [name: string, value: string][] {
  return given.map((pair) => {
    const at = pair.indexOf("=");
    if (at < 1) throw new CliError(`--${option} '${pair}' must be NAME=VALUE`, EXIT.USAGE);
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
}

/** So much of folders that stand for buckets is sent along. */
const BUCKETS_MAX_BYTES = 16 * 1024 * 1024;

/** What is in the folders that stand for buckets, as s3://bucket/key. */
function bucketFiles(buckets: readonly string[]): Record<string, string> {
  const files: Record<string, string> = {};
  let sizeBytes = 0;
  for (const [bucket, folder] of pairsOf(buckets, "bucket"))
    for (const path of filesIn(folder)) {
      const text = readText(path);
      sizeBytes += Buffer.byteLength(text);
      if (sizeBytes > BUCKETS_MAX_BYTES)
        throw new CliError(
          `--bucket: the folders hold more than ${BUCKETS_MAX_BYTES} bytes: leave only definitions in them`,
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

/** Files that a template names stand beside it; beside standard input, where the command is called. */
function filesOf({ file, text }: TemplateFile): Record<string, string> {
  const folder = file === "-" ? "." : dirname(file);
  try {
    return Object.fromEntries(namedFiles(text).map((path) => [path, readText(resolve(folder, path))]));
  } catch (error) {
    // What cannot be read is told by the control plane, with its line.
    if (error instanceof DefinitionError) return {};
    throw error;
  }
}

/** The stack of a template: as it is told, else by the name of the file. */
function stackName({ file }: TemplateFile, { stack }: StackOptions): string {
  if (stack !== undefined) return stack;
  if (file === "-") throw new CliError("give the stack a name: --stack NAME", EXIT.USAGE);
  const name = basename(file)
    .replace(/\..*$/, "")
    .replaceAll(/[^A-Za-z0-9-]+/g, "-");
  return /^[A-Za-z]/.test(name) ? name : `stack-${name}`;
}

const WORDS: Readonly<Record<number, string>> = {
  [Level.WARNING]: "warning",
  [Level.ERROR]: "not made",
  [Level.INFO]: "info",
};

/** applyTemplate makes a stack of a template, or tells what would change. */
export async function applyTemplate(
  session: Session,
  account: string,
  template: TemplateFile,
  options: StackOptions,
  dryRun: boolean,
): Promise<ApplyStackResponse> {
  if (options.prune !== undefined)
    throw new CliError(
      "--prune is for manifests: what a template does not name any more goes with its stack",
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
      files: { ...filesOf(template), ...bucketFiles(options.bucket) },
      dryRun,
      expectedRevision: BigInt(options.expectedRevision ?? 0),
      keepGoing: options.keepGoing ?? false,
    });
  } finally {
    progress.stop();
  }
}

/** tellOfStack tells what a template has that became nothing, or something else than it says. */
export function tellOfStack(
  { findings }: ApplyStackResponse,
  { file }: TemplateFile,
  output: OutputFormat,
): void {
  // People are told; programs read the answer.
  for (const { level, line, pointer, message } of output === "table" ? findings : [])
    tell(`${WORDS[level] ?? "info"}: ${file}:${line} ${pointer}: ${message}`);
}

/** printOutputs shows the outputs of a stack. */
export function printOutputs({ outputs }: ApplyStackResponse): void {
  if (outputs.length === 0) return;
  const rows = outputs.map(({ name, value, description }) => ({ output: name, value, description }));
  print(formatTable(rows, ["output", "value", "description"]));
}
