import { createReadStream, createWriteStream, existsSync, renameSync, rmSync } from "node:fs";
import { finished, pipeline } from "node:stream/promises";
import type { Command } from "commander";
import type { RestoreBackupResponse } from "@tollgate/proto/control";
import { CliError, EXIT, print, report, toJson } from "../output.ts";
import { globalsOf, openSession, type Session } from "../session.ts";

const STANDARD = "-";
/** Files contain the whole config: they are for their owner. */
const MODE = 0o600;

async function* piecesOf(session: Session): AsyncGenerator<Uint8Array> {
  for await (const { piece } of session.backups.getBackup({})) yield piece;
}

/** Writes beside the file, so that whatever fails, a file of that name is whole. */
async function writeFile(file: string, pieces: AsyncIterable<Uint8Array>): Promise<number> {
  const unfinished = `${file}.${process.pid}.unfinished`;
  const output = createWriteStream(unfinished, { mode: MODE, flags: "wx", flush: true });
  try {
    await pipeline(pieces, output);
    renameSync(unfinished, file);
    return output.bytesWritten;
  } catch (error) {
    output.destroy();
    await finished(output).catch(() => undefined);
    rmSync(unfinished, { force: true });
    const { code, syscall, message } = error as NodeJS.ErrnoException;
    if (syscall === undefined || typeof code !== "string") throw error;
    throw new CliError(`cannot write ${file}: ${message}`);
  }
}

async function* requestsOf(file: string, dryRun: boolean, replace: boolean) {
  yield { dryRun, replace };
  try {
    const input = file === STANDARD ? process.stdin : createReadStream(file);
    for await (const piece of input) yield { piece: piece as Buffer };
  } catch (error) {
    throw new CliError(`cannot read ${file}: ${(error as Error).message}`, EXIT.USAGE);
  }
}

const many = (count: number, one: string, several: string) => `${count} ${count === 1 ? one : several}`;

function restoredText(restored: RestoreBackupResponse, dryRun: boolean): string {
  const { revision, backupRevision, backupTimeUnixMs, entityCount, accountCount, removedCount } = restored;
  const what = `${many(entityCount, "entity", "entities")} of ${many(accountCount, "account", "accounts")}`;
  const from = `from the backup of revision ${backupRevision}, ${new Date(Number(backupTimeUnixMs)).toISOString()}`;
  const removed =
    removedCount > 0
      ? `; ${many(removedCount, "entity", "entities")} ${dryRun ? "would be" : "were"} removed`
      : "";
  return dryRun
    ? `would restore ${what} ${from}${removed}`
    : `restored ${what} ${from}${removed}: revision ${revision}`;
}

/** addBackup adds the commands that copy the whole config to a file and back. */
export function addBackup(program: Command): void {
  program
    .command("backup")
    .description("write the whole config, of all accounts, to a file; secrets stay sealed")
    .argument("<file>", "the file to write; - is standard output")
    .option("--force", "replace an existing file")
    .action(async (file: string, { force = false }: { readonly force?: boolean }, command: Command) => {
      if (file !== STANDARD && !force && existsSync(file))
        throw new CliError(`${file} exists already: use another name, or --force to replace it`, EXIT.USAGE);
      using session = openSession(globalsOf(command));
      if (file === STANDARD) return pipeline(piecesOf(session), process.stdout, { end: false });
      const bytes = await writeFile(file, piecesOf(session));
      return report(`${file}: ${bytes} bytes`);
    });
  program
    .command("restore")
    .description("write what a backup contains into an empty store, all of it or nothing")
    .argument("<file>", "a file that 'tollgate backup' wrote; - is standard input")
    .option("--dry-run", "check the file and the store, but write nothing")
    .option("--replace", "replace everything that the store contains")
    .action(
      async (
        file: string,
        { dryRun = false, replace = false }: { readonly dryRun?: boolean; readonly replace?: boolean },
        command: Command,
      ) => {
        const globals = globalsOf(command);
        using session = openSession(globals);
        const restored = await session.backups.restoreBackup(requestsOf(file, dryRun, replace));
        const { $typeName: _type, ...shown } = restored;
        print(globals.output === "table" ? restoredText(restored, dryRun) : toJson(shown));
      },
    );
}
