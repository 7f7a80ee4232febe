import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { createLogger } from "@tollgate/telemetry";
import { segmentName } from "./segment.ts";

const list = vi.fn(readdir);
vi.doMock("node:fs/promises", async (original) => ({ ...(await original<object>()), readdir: list }));
// Other specs of the same process have loaded it with what it really imports, and will again.
vi.resetModules();
const { SpoolFolder } = await import("./spool-folder.ts");
const path = mkdtempSync(join(tmpdir(), "tollgate-spool-"));
afterAll(() => {
  vi.doUnmock("node:fs/promises");
  vi.resetModules();
  rmSync(path, { recursive: true });
});

it("does not take files for gone while their folder cannot be listed", async () => {
  writeFileSync(join(path, segmentName(0, "ab12", 1)), Buffer.alloc(10));
  const folder = new SpoolFolder(path, createLogger("test", "silent"));
  await folder.scan();
  list.mockRejectedValueOnce(Object.assign(new Error("too many open files"), { code: "EMFILE" }));
  await expect(folder.scan()).rejects.toThrow("too many open files");
  expect(folder.sources.get("0/ab12")?.segments).toHaveLength(1);
});
