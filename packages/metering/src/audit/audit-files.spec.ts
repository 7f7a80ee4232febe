import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { newAuditFile, removeAuditFiles } from "./audit-files.ts";

it("what an audit left whose process was killed is removed, and nothing else", () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-audits-"));
  const left = newAuditFile(folder);
  for (const file of [left, `${left}-wal`, `${left}-shm`, newAuditFile(folder), join(folder, "usage.db")])
    writeFileSync(file, "");
  removeAuditFiles(folder);
  expect(readdirSync(folder)).toEqual(["usage.db"]);
  rmSync(folder, { recursive: true });
});
