import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it, vi } from "vitest";
import { watchFiles } from "./watched-files.ts";

const folder = mkdtempSync(join(tmpdir(), "tollgate-watched-"));
afterAll(() => rmSync(folder, { recursive: true }));

it("files that were written, or whose link has another target, are used again, until that succeeds", async () => {
  const [one, two, link] = ["one", "two", "link"].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  writeFileSync(one, "1");
  writeFileSync(two, "22");
  symlinkSync(one, link);
  let isUsable = true;
  const use = vi.fn(async () => {
    if (!isUsable) throw new Error("half of the files");
  });
  using _watch = watchFiles([link], use, 5);
  writeFileSync(one, "1 and more");
  await vi.waitFor(() => expect(use).toHaveBeenCalledTimes(1), { timeout: 20_000 });
  isUsable = false;
  // As Kubernetes replaces the files of a Secret.
  symlinkSync(two, `${link}.new`);
  renameSync(`${link}.new`, link);
  await vi.waitFor(() => expect(use.mock.calls.length).toBeGreaterThan(2), { timeout: 20_000 });
  isUsable = true;
  const tried = use.mock.calls.length;
  await vi.waitFor(() => expect(use.mock.calls.length).toBeGreaterThan(tried), { timeout: 20_000 });
});
