import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { openEmbeddedStore } from "./embedded-store.ts";
import { describeStore } from "./store.contract.ts";

describeStore("the embedded store", () => ({
  open: async () => openEmbeddedStore({ file: ":memory:" }),
  close: async () => undefined,
}));

it("keeps its state across a restart", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-store-"));
  const file = join(folder, "deep", "config.db");
  const first = openEmbeddedStore({ file });
  const { revision } = await first.commit({ guards: [], puts: [{ key: "a", value: "1" }], deletes: [] });
  await first[Symbol.asyncDispose]();
  const second = openEmbeddedStore({ file });
  expect(await second.list("")).toEqual({
    revision,
    entries: [{ key: "a", value: "1", modRevision: revision }],
  });
  await second[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});
