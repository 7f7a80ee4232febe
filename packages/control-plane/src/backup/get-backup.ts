import type { Application } from "../application.ts";
import { VERSION } from "../version.ts";
import { encodeBackup } from "./backup-file.ts";

/** getBackup streams the bytes of a backup file: the whole store at one revision, with secrets sealed. */
export async function* getBackup({
  plainStore,
}: Pick<Application, "plainStore">): AsyncGenerator<{ piece: Uint8Array }> {
  const { revision, pages } = await plainStore.read("");
  const header = { revision, createTime: new Date().toISOString(), softwareVersion: VERSION };
  for await (const piece of encodeBackup(header, pages)) yield { piece };
}
