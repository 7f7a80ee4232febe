import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** servedBodies is a folder with files of so many bytes, each by the name of its number, that nginx may read as another user. */
export function servedBodies(scope: AsyncDisposableStack, sizes: readonly number[]): string {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-bodies-"));
  scope.defer(() => rmSync(folder, { recursive: true }));
  chmodSync(folder, 0o755);
  for (const size of sizes) writeFileSync(join(folder, String(size)), Buffer.alloc(size, "x"));
  return folder;
}
