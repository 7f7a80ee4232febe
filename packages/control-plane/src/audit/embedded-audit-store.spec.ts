import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { describeAuditStore } from "./audit-store.contract.ts";
import { openEmbeddedAuditStore } from "./embedded-audit-store.ts";

describeAuditStore("the embedded audit store", async () => openEmbeddedAuditStore({ file: ":memory:" }));

it("the embedded audit store keeps its records across a restart", async () => {
  const folder = mkdtempSync(join(tmpdir(), "tollgate-audit-"));
  const file = join(folder, "control-plane", "audit.db");
  try {
    {
      await using store = openEmbeddedAuditStore({ file });
      await store.put([{ key: "a", value: "1" }]);
    }
    await using store = openEmbeddedAuditStore({ file });
    expect(await store.range({ from: "a", to: "b", limit: 1, newestFirst: true })).toEqual([
      { key: "a", value: "1" },
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
