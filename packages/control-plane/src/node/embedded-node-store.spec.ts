import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll } from "vitest";
import { openEmbeddedNodeStore } from "./embedded-node-store.ts";
import { describeNodeStore } from "./node-store.contract.ts";

const folder = mkdtempSync(join(tmpdir(), "tollgate-nodes-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describeNodeStore("the embedded node store", {
  open: () => openEmbeddedNodeStore({ file: join(folder, "nodes.db") }),
  isShared: false,
});
