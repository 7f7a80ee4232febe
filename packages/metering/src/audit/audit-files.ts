import { randomUUID } from "node:crypto";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

const NAME = /^audit-[0-9a-f-]{36}\.db(-wal|-shm)?$/;

/** newAuditFile is a database in a folder for one audit: another name each time. */
export const newAuditFile = (folder: string): string => join(folder, `audit-${randomUUID()}.db`);

/** removeAuditFiles removes what audits left in a folder whose process was killed: each is as large as the usage of all the topic. */
export function removeAuditFiles(folder: string): void {
  for (const name of readdirSync(folder)) if (NAME.test(name)) rmSync(join(folder, name), { force: true });
}
